"""The customer's own trading pages: the trade page and what it does, and the history of orders."""

from django.urls import path

from exchange.trading.web import acts, history, page

urlpatterns = [
    path("trade", page.last_market, name="trade-last"),
    path("trade/<str:symbol>", page.trade, name="trade"),
    path("orders", history.orders, name="orders"),
    path("orders.csv", history.orders_csv, name="orders-csv"),
    path("trades.csv", history.trades_csv, name="trades-csv"),
    path("orders/mine.json", acts.mine, name="orders-mine"),
    path("orders/place", acts.place_order, name="order-place"),
    path("orders/cancel-all", acts.cancel_every, name="order-cancel-all"),
    path("orders/<int:order_id>/cancel", acts.cancel_one, name="order-cancel"),
    path("orders/stream-token", acts.stream_token, name="stream-token"),
]
