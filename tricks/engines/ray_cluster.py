"""The machines of a Ray cluster as they come and go: each new one is made warm, and says what it is."""

import threading
import time
from dataclasses import dataclass, replace
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from tricks.engines.engine import Node
from tricks.engines.ray_node import greet
from tricks.recipe.measurements import Machine

LOOK_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a run takes of a node: a part of a GPU, or so many cores."""

    gpus: float = 0.0
    cores: int = 0

    @property
    def options(self) -> dict[str, Any]:
        """As a task of Ray's takes them; it is never tried again by Ray, which would splice two trainings."""
        return {"num_gpus": self.gpus, "num_cpus": self.cores, "max_retries": 0}

    def count_room(self, node: Node) -> int:
        """How many such runs the node has room for."""
        return int(node.gpus / self.gpus + 1e-6) if self.gpus else node.cores // self.cores


def plan_demand(nodes: list[Node], device: str, slots: int) -> Demand | None:
    """What each run takes: of GPUs where there are any, or only these are wanted; None while no node has it."""
    if device != "cpu" and any(node.gpus for node in nodes):
        return Demand(gpus=1 / (slots or 1))
    cores = [node.cores for node in nodes if node.cores]
    if device == "cuda" or not cores:
        return None
    return Demand(cores=max(1, min(cores) // slots) if slots else 1)


def list_nodes() -> dict[str, Node]:
    """The machines that the cluster has now, by their ids."""
    return {
        node["NodeID"]: Node(
            name=f"{node['NodeManagerHostname']} {node['NodeID'][:6]}",
            cores=int(node["Resources"].get("CPU", 0)),
            gpus=int(node["Resources"].get("GPU", 0)),
        )
        for node in ray.nodes()
        if node["Alive"]
    }


class Cluster:
    """What is known of the cluster: `nodes` by id, what each run takes, and how many runs it has room for."""

    def __init__(self, device: str, data: str, slots: int):
        self.device, self.data, self.slots = device, data, slots
        self.nodes: dict[str, Node] = {}
        self.demand: Demand | None = None
        self.machine: Machine | None = None
        self._greetings: dict[ray.ObjectRef, str] = {}
        self._changing = threading.Lock()

    @property
    def room(self) -> int:
        """How many runs it has room for."""
        return sum(map(self.demand.count_room, self.nodes.values())) if self.demand else 0

    def look(self) -> list[Node]:
        """Looks who is there, and who has said what it is; returns the nodes that are new, gone or different."""
        there = list_nodes()
        with self._changing:
            known = self.nodes
            self.nodes = {name: known.get(name, node) for name, node in there.items()}
        gone = [replace(node, is_alive=False) for name, node in known.items() if name not in there]
        demand = plan_demand(list(self.nodes.values()), self.device, self.slots)
        if demand and (self.demand is None or demand.gpus > self.demand.gpus):  # The first GPU may come late.
            self.demand, self.machine = demand, None
            self._greetings.clear()
            to_greet = there.keys()
        else:
            to_greet = there.keys() - known.keys()
        for name in to_greet:
            self._greet(name)
        self._collect()
        return gone + [node for name, node in self.nodes.items() if known.get(name) != node]

    def plan(self, threads: int) -> Demand:
        """What a run with so many threads takes; no more cores than a node has."""
        if self.demand.gpus:
            return self.demand
        most = max((node.cores for node in self.nodes.values()), default=1)
        return Demand(cores=max(1, min(threads, most)))

    def explain(self) -> str:
        """Why no node can train, where all that could have said so."""
        if self.machine or self._greetings or not self.demand:
            return ""
        return next((node.note for node in self.nodes.values() if node.note), "")

    def count(self, name: str, change: int) -> Node | None:
        """The node with so many runs more in training; None when it is gone."""
        with self._changing:
            if name not in self.nodes:
                return None
            node = replace(self.nodes[name], running=self.nodes[name].running + change)
            self.nodes = self.nodes | {name: node}
            return node

    def _greet(self, name: str) -> None:
        """Asks a node that can train what it is, by a task as a run's."""
        if not self.demand or not self.demand.count_room(self.nodes[name]):
            return
        place = NodeAffinitySchedulingStrategy(name, soft=False)
        task = ray.remote(greet).options(**self.demand.options, scheduling_strategy=place)
        self._greetings[task.remote(self.device, self.data)] = name

    def _collect(self) -> None:
        """Takes the answers that have come."""
        if not self._greetings:
            time.sleep(LOOK_SECONDS)
            return
        for answer in ray.wait(list(self._greetings), num_returns=1, timeout=LOOK_SECONDS)[0]:
            name = self._greetings.pop(answer)
            try:
                machine = ray.get(answer)
                changes = {"machine": machine.title}
                self.machine = self.machine or replace(machine, threads=self.demand.cores or machine.threads)
            except ray.exceptions.RayError as error:
                changes = {"note": explain_error(error)}
            with self._changing:
                if name in self.nodes:
                    self.nodes = self.nodes | {name: replace(self.nodes[name], **changes)}


def explain_error(error: Exception) -> str:
    """What Ray, or our code on a node, says is wrong, in one line."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, ray.exceptions.OutOfMemoryError):
        return "its node had not enough memory for it"
    if isinstance(cause, ray.exceptions.WorkerCrashedError):
        return "its worker process ended unexpectedly"
    if isinstance(cause, ray.exceptions.NodeDiedError | ray.exceptions.ObjectLostError):
        return "its node went away"
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
