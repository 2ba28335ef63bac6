"""Who a customer is: what runs in workers."""
