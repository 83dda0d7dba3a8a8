"""What a server offers and refuses: generations, limits, faults."""
