"""What clients do to connections: slowly, too much, half, or not at all."""

import json
import socket
import threading
import time

import pytest

PREDICT = "/v1/models/half_plus_two:predict"
GOOD = b'{"instances": [2.0]}'
ANSWER = b'{"predictions":[3.0]}'


def request(body=GOOD, headers=b"", version=b"1.1", length=None):
    length = len(body) if length is None else length
    return b"".join(
        (
            b"POST " + PREDICT.encode() + b" HTTP/" + version + b"\r\nHost: x\r\n",
            headers,
            b"Content-Length: " + str(length).encode() + b"\r\n\r\n",
            body,
        )
    )


def test_a_connection_takes_many_requests(peer):
    for _ in range(3):
        status, headers, body = peer.send(request()).answer()
        assert (status, body) == (200, ANSWER)
        assert headers["Connection"] is None


def test_requests_that_are_sent_ahead_are_answered_in_order(peer):
    bodies = [b'{"instances": [%d]}' % number for number in range(20)]
    peer.send(b"".join(map(request, bodies)))
    for number in range(20):
        status, _, body = peer.answer()
        assert (status, json.loads(body)) == (200, {"predictions": [number / 2 + 2]})


def test_a_request_in_pieces(peer):
    for byte in request():
        peer.send(bytes([byte]))
    assert peer.answer()[::2] == (200, ANSWER)


def test_close_is_honoured(peer):
    _, headers, _ = peer.send(request(headers=b"Connection: close\r\n")).answer()
    assert headers["Connection"] == "close"
    assert peer.is_closed()


def test_http_1_0(server, peer):
    _, headers, body = peer.send(
        request(version=b"1.0", headers=b"Connection: keep-alive\r\n")
    ).answer()
    assert (headers["Connection"], body) == ("keep-alive", ANSWER)
    assert peer.send(request(version=b"1.0")).answer()[2] == ANSWER
    assert peer.is_closed()


def test_a_half_closed_connection_is_answered(peer):
    peer.send(request())
    peer.socket.shutdown(socket.SHUT_WR)
    assert peer.answer()[::2] == (200, ANSWER)
    assert peer.is_closed()


def test_a_body_in_chunks(peer):
    head = b"POST " + PREDICT.encode() + b" HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
    pieces = (
        b"5;x=y\r\n" + GOOD[:5] + b"\r\nf\r\n" + GOOD[5:] + b"\r\n0\r\nA: b\r\n\r\n"
    )
    peer.send(head + b"\r\n" + pieces)
    assert peer.answer()[::2] == (200, ANSWER)
    assert peer.send(request()).answer()[0] == 200


def test_a_client_that_waits_for_a_word_before_the_body(peer):
    peer.send(request(b"", b"Expect: 100-continue\r\n", length=len(GOOD)))
    assert peer.stream.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert peer.stream.readline() == b"\r\n"
    assert peer.send(GOOD).answer()[::2] == (200, ANSWER)


def test_a_large_body_is_refused_before_it_is_sent(peer):
    peer.send(request(b"", b"Expect: 100-continue\r\n", length=2**40))
    status, headers, body = peer.answer()
    assert status == 413
    assert b"at most 16777216 bytes. Received: 1099511627776" in body
    assert headers["Connection"] == "close"


def test_a_large_body_is_refused_while_it_is_sent(limited):
    _, _, connect = limited(max_body_bytes=1000)
    with connect() as peer:
        peer.send(request(b" " * 1001))
        assert peer.answer()[0] == 413
    with connect() as peer:
        head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        peer.send(head + b"3e9\r\n" + b" " * 1001 + b"\r\n0\r\n\r\n")
        assert peer.answer()[0] == 413
    with connect() as peer:
        assert peer.send(request(GOOD + b" " * 900)).answer()[0] == 200


def test_the_bodies_of_all_clients_have_a_limit_together(limited, wait_until):
    _, server, connect = limited(max_total_body_bytes=5000)
    with connect() as first, connect() as second:
        first.send(request(GOOD + b" " * 4000, length=4021))
        budget = server._connections.body_budget
        wait_until(lambda: budget.used >= 4020)
        status, _, body = second.send(request(GOOD + b" " * 1000)).answer()
        assert (status, json.loads(body)["error"][:18]) == (429, "The server is busy")
        assert first.send(b" ").answer()[::2] == (200, ANSWER)
    wait_until(lambda: budget.used == 0)


BROKEN = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/x\r\n\r\n",
    b"GET / FTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1 x\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
    b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 3, 4\r\n\r\nabcd",
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Encoding: br\r\n\r\nabc",
]


@pytest.mark.parametrize("sent", BROKEN)
def test_what_is_not_http_is_refused(server, peer, ask, sent):
    peer.send(sent)
    status, headers, body = peer.answer()
    assert 400 <= status < 500 or status == 505
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["error"]
    assert peer.is_closed()
    assert ask("POST", PREDICT, GOOD)[0] == 200


def test_clients_that_leave(server, ask, wait_until):
    for sent in (b"", b"PO", request()[:60], request(length=100), request()):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(sent)
    # Closed with unread data, which resets the connection.
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(request())
    # Those of the tests before too: some may have been leaving still.
    wait_until(lambda: server.connections == 0)
    assert ask("POST", PREDICT, GOOD)[0] == 200


def test_headers_that_come_too_slowly(limited):
    _, _, connect = limited(header_timeout=0.3)
    with connect() as peer, connect() as other:
        drip = threading.Event()

        def send_slowly():
            while not drip.wait(0.02):
                try:
                    peer.send(b"A: b\r\n")
                except OSError:
                    return

        peer.send(b"GET /health HTTP/1.1\r\n")
        thread = threading.Thread(target=send_slowly)
        thread.start()
        try:
            assert other.send(request()).answer()[0] == 200
            status, _, body = peer.answer()
            assert (status, json.loads(body)) == (
                408,
                {"error": "The request did not arrive in time"},
            )
        finally:
            drip.set()
            thread.join()


def test_a_body_that_comes_too_slowly(limited):
    _, _, connect = limited(body_timeout=0.2)
    with connect() as peer:
        peer.send(request(length=100))
        assert peer.answer()[0] == 408
        assert peer.is_closed()


def test_a_connection_that_says_nothing_is_closed(limited):
    _, _, connect = limited(idle_timeout=0.1)
    with connect() as peer:
        assert peer.is_closed()
    with connect() as peer:
        assert peer.send(request()).answer()[0] == 200
        assert peer.is_closed()


def test_a_client_that_does_not_read(limited, wait_until):
    manager, server, _ = limited(write_timeout=0.2)
    many = json.dumps({"instances": [list(range(4000))] * 500}).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(request(many))
        wait_until(lambda: 'status="499"' in _answers(manager))
        wait_until(lambda: server.connections == 0)


def _answers(manager):
    lines = manager.metrics.text().splitlines()
    return "\n".join(line for line in lines if line.startswith("vaezoo_http_answers"))


def test_too_many_connections(limited, wait_until):
    _, server, connect = limited(max_connections=3)
    kept = [connect() for _ in range(3)]
    wait_until(lambda: server.connections == 3)
    for _ in range(3):
        with connect() as turned_away:
            status, headers, body = turned_away.answer()
            assert status == 503
            assert json.loads(body) == {"error": "The server has too many connections."}
            assert headers["Retry-After"] == "1"
    assert all(peer.send(request()).answer()[0] == 200 for peer in kept)
    kept[0].close()
    wait_until(lambda: server.connections == 2)
    with connect() as peer:
        assert peer.send(request()).answer()[0] == 200


def slow(steps):
    body = {"signature_name": "slow", "instances": [steps]}
    return request(json.dumps(body).encode())


ENDLESS = 10**9


def test_a_prediction_that_takes_too_long(limited):
    _, _, connect = limited(timeout=0.3)
    with connect() as peer:
        started = time.monotonic()
        status, _, body = peer.send(slow(ENDLESS)).answer()
        assert status == 504
        assert "error" in json.loads(body)
        assert time.monotonic() - started < 60
        assert peer.send(request()).answer()[::2] == (200, ANSWER)


def test_a_queue_has_an_end(limited, wait_until):
    manager, _, connect = limited(max_running=1, max_waiting=1, timeout=3.0)
    running, waiting, refused = connect(), connect(), connect()
    running.send(slow(ENDLESS))
    wait_until(lambda: manager.gate.running == 1)
    waiting.send(request())
    wait_until(lambda: manager.gate.waiting == 1)
    status, headers, body = refused.send(request()).answer()
    assert status == 429
    assert headers["Retry-After"] == "1"
    assert "The server is busy" in json.loads(body)["error"]
    assert running.answer()[0] == 504
    # It was in line for as long as the first was allowed to run.
    assert waiting.answer()[0] in (200, 504)
    assert refused.send(request()).answer()[::2] == (200, ANSWER)


def test_stopping_finishes_what_runs(limited, wait_until):
    manager, server, connect = limited(timeout=60.0)
    idle, busy, fresh = connect(), connect(), connect()
    assert idle.send(request()).answer()[0] == 200
    busy.send(slow(20_000))
    wait_until(lambda: manager.gate.running == 1)
    wait_until(lambda: server.connections == 3)
    stopped = []
    thread = threading.Thread(target=lambda: stopped.append(server.stop()))
    thread.start()
    assert idle.is_closed()
    status, headers, _ = fresh.send(request()).answer()
    assert (status, headers["Connection"]) == (200, "close")
    status, headers, body = busy.answer()
    assert (status, json.loads(body)) == (200, {"predictions": [20_000]})
    assert headers["Connection"] == "close"
    thread.join()
    assert stopped == [True]
    with pytest.raises(ConnectionRefusedError):
        connect()


def test_stopping_cuts_off_what_takes_too_long(limited, wait_until):
    manager, server, connect = limited(timeout=2.0)
    busy = connect().send(slow(ENDLESS))
    wait_until(lambda: manager.gate.running == 1)
    assert server.stop(0.2) is False
    assert busy.is_closed()


def test_a_port_in_use(server, manager):
    from vaezoo.serving.server import RestServer

    with pytest.raises(OSError, match="in use"):
        RestServer(manager, port=server.port)
