"""Texts: words in English and Chinese, a map of topics with its stability, quotes without personal details."""
