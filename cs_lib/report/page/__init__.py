"""From an executed notebook to one file, and the catalogue of all pages."""
