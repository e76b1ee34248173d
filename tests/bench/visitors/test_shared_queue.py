"""What the bench says of the queue that servers share."""

from tricks.bench.visitors.shared_queue import measure_queues, tabulate_queues


def test_a_request_s_costs_are_told():
    """Each number of requests has a line with the processor time of asking, seeing and looking, and a file's size."""
    said = []

    [measured] = measure_queues(said.append, waiting=[3])
    table = tabulate_queues([{"waiting": 3, "ask": 0.002, "see": 0.0034, "look": 0.001, "bytes": 120}])

    assert ["a queue of 3 requests on two servers"] == said
    assert all(measured[name] > 0 for name in ("ask", "see", "look", "bytes"))
    assert "| 3 | 2.0 ms | 3.4 ms | 1.0 ms | 0.2% | 120 bytes |" == table[-1]
