"""A provider for the demo and for tests: a process of its own that speaks the travel rule's
protocol over HTTPS, with customers, a key and a mind of its own. No Django in it."""
