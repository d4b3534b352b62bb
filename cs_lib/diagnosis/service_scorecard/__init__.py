"""Are fewer customers having problems, are the basics kept, and does anything need a decision?"""
