"""Those who run: one file per side. Each is a program of its own, given the server's URL."""
