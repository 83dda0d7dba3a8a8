"""What texts mean: numbers, days, truth values and empty cells as people write them."""
