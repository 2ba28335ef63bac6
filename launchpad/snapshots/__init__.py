"""What each customer had of an asset at a moment that was published before it came."""
