"""OFAC's reports: blocked property, rejected transactions, the annual report."""
