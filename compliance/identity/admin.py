"""Who a customer is: staff screens of this room."""
