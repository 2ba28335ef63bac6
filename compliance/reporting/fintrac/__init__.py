"""FINTRAC's reports: the 24-hour rule, the documents, what they must obey."""
