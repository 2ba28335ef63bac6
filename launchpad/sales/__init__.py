"""Sales: new tokens sold to customers, by lot, in parts, or in the order of arrival."""
