"""IVMS101.2023, the language in which providers tell each other who pays whom. No Django in it."""
