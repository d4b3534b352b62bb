"""Folders of published studies with a planted truth, for pages and tests that read what others found."""
