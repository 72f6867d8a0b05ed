"""The runtime on real sockets: WebSockets, a folder of data, tokens, logs, and a clean end.

Needs trio-websocket, which the extra ``serve`` brings.
"""
