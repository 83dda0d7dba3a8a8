"""An answer's rows, decoded lazily and by column."""
