"""A terminal's wire that somebody tampers with: a TCP relay in vpcd framing.

`change(apdu)` sees each command on its way to the card and returns the bytes
to pass on, or None to cut the connection there.
"""
import socket
import threading


def receive(sock, n):
    data = b""
    while len(data) < n:
        part = sock.recv(n - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def receive_message(sock):
    return receive(sock, int.from_bytes(receive(sock, 2), "big"))


def send_message(sock, message):
    sock.sendall(len(message).to_bytes(2, "big") + message)


class Proxy:
    """Listens on loopback; `port` is where the terminal connects."""

    def __init__(self, card_host, card_port, change):
        self.target = (card_host, card_port)
        self.change = change
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            terminal, _ = self.listener.accept()
            with terminal, socket.create_connection(self.target) as card:
                for sock in (terminal, card):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while self.relay(terminal, card):
                    pass
        except OSError:
            pass

    def relay(self, terminal, card):
        message = receive_message(terminal)
        if len(message) > 1:
            message = self.change(message)
            if message is None:
                return False
        send_message(card, message)
        if len(message) > 1 or message == b"\x04":
            send_message(terminal, receive_message(card))
        return True

    def close(self):
        self.listener.close()
        self.thread.join(5)
