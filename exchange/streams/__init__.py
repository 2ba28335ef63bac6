"""WebSocket streams: market data and customers' own events, pushed from Valkey to many sockets.

One small ASGI process without Django and without a database. The wire format is BitMart's spot
WebSocket, so that its clients (ccxt.pro, the official SDK, our own pages) work unchanged.

    app.py         the ASGI entry: lifespan, /api, /user, /livez, /readyz
    connection.py  one socket: bounded queue out, one loop in, how it ends
    session.py     what a client may say: ping, subscribe, unsubscribe, request, login
    hub.py         who listens to what; fans an encoded frame out to all of them
    market.py      one market as subscribers have been shown it
    frames.py      pure: a market's update -> rows of each table
    feed.py        the one pub/sub connection to Valkey, and how it recovers
    login.py       asks the web process whether a login is genuine
    topics.py protocol.py config.py cancel.py   names, wire errors, limits, ending tasks
"""
