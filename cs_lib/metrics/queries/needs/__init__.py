"""Contacts by need, owner and cause: who came back, what customers wrote, what rules and people said."""
