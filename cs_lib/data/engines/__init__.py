"""Engines that hold tables, behind one protocol."""
