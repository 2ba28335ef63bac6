"""Who a customer is: rows of this room."""
