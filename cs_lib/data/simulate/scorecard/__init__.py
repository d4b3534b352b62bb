"""The story about the scorecard: two years, a fix of the product, one slow team, targets held and missed."""
