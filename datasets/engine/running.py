"""Where the tasks of a build run: in this process, in local processes, or on a cluster.

Whoever builds hands over a function and its tasks and gets results as they come; that is all it
knows of Dask, and this module knows nothing of what a task does.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from distributed import Client, Future

Task = TypeVar("Task")
Result = TypeVar("Result")

# Tasks that wait at each worker: enough that none is idle, and few, so that a cluster of any size
# holds the description of what is being done and not of the whole country.
_AHEAD = 2
# Starting processes takes some seconds, half of what they then save with two cores.
_WORTH_STARTING = 10
_SECONDS_TO_ANSWER = 20
_SECONDS_TO_JOIN = 60
# What watches over a cluster that lives for days takes a build on the same cores some percent.
_UNWATCHED = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    # Else the allocator gives every tree of a page back to the system, and asks for it again.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
}


class NoCluster(Exception):
    """There is no cluster where one was looked for; the message says what to do."""


class ClusterFailed(Exception):
    """A cluster gave a task up, or went away; the message says what to do."""


class Runner(Protocol):
    """Runs tasks somewhere. What a task is, in words, is its `str`."""

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """What `function` gives for each of `tasks`, in the order in which they are done."""


class Here:
    """Runs the tasks one after another in this process."""

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See `Runner`."""
        return map(function, tasks)


class OnDask:
    """Runs the tasks on the workers of a Dask scheduler.

    A task whose worker dies is given to another one, and given up when four died over it.
    """

    def __init__(self, client: Client, stop: contextlib.ExitStack):
        self._client = client
        self._stop = stop

    def run(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See `Runner`."""
        from distributed import CancelledError, as_completed
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker

        waiting = iter(tasks)
        pending: dict[object, tuple[Future[Result], Task]] = {}
        done = as_completed([], loop=self._client.loop)

        def submit() -> None:
            # Workers join and leave while it runs.
            most = _AHEAD * self._threads() - len(pending)
            for task in islice(waiting, max(0, most)):
                # Tasks are looked up by what they do otherwise, and a second build would get the
                # results of the first.
                future = self._client.submit(function, task, pure=False)
                pending[future.key] = (future, task)
                done.add(future)

        try:
            submit()
            for future in done:
                result: Result = future.result()
                del pending[future.key]
                submit()
                yield result
        except (CommClosedError, CancelledError) as error:
            raise ClusterFailed(
                "The scheduler of the cluster is gone, or cannot be reached any more. What was "
                "read is kept: start it again, and build again."
            ) from error
        except KilledWorker as error:
            _, task = pending[error.task]
            raise ClusterFailed(
                f"{error.allowed_failures + 1} workers died over one task ({task}), the last one "
                f"{error.last_worker.address}: they may be short of memory. What was read is "
                "kept; give each worker more memory, and build again."
            ) from error
        finally:
            if pending:
                with contextlib.suppress(CommClosedError, CancelledError, TimeoutError):
                    self._client.cancel([future for future, _ in pending.values()], force=True)

    def _threads(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def close(self) -> None:
        """Let the cluster go; local workers are stopped."""
        self._stop.close()


def local_processes(workers: int) -> OnDask:
    """A runner on so many processes of this machine.

    They are started anew from the main module, so a script that calls this needs the usual
    `if __name__ == "__main__":`.
    """
    import dask
    from distributed import Client, LocalCluster

    stop = contextlib.ExitStack()
    with dask.config.set(_UNWATCHED), _interrupts_ignored():
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            # No page of the scheduler's, and its port on this machine alone.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            # What a worker needs is bounded by its tasks; Dask would kill it over a large office.
            memory_limit=0,
            # Nobody else on this machine can send tasks to it.
            security=True,
            silence_logs=logging.CRITICAL,
        )
    stop.callback(cluster.close)
    client = Client(cluster)
    stop.callback(client.close)
    return OnDask(client, stop)


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Start processes that Ctrl-C leaves alone: the build hears it, and stops them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def on_cluster(address: str) -> OnDask:
    """A runner on the cluster whose scheduler is at `address`, such as tcp://10.0.0.5:8786.

    Raises:
        NoCluster: there is no scheduler, or no worker joins it.
    """
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    stop = contextlib.ExitStack()
    # What goes wrong with the cluster is told in one sentence, and not in tracebacks of its own.
    stop.enter_context(silence_logging_cmgr(logging.CRITICAL + 1))
    try:
        client = Client(address, timeout=_SECONDS_TO_ANSWER)
        stop.callback(client.close)
        client.wait_for_workers(1, timeout=_SECONDS_TO_JOIN)
    except (OSError, ValueError, TimeoutError) as error:
        stop.close()
        raise NoCluster(
            f"No Dask scheduler with a worker was found at {address} ({error}): start them with "
            "`dask scheduler` and `dask worker ADDRESS --nthreads 1`."
        ) from error
    return OnDask(client, stop)


class Runners:
    """Gives the runner for a piece of work; a context manager that stops what it started.

    workers: local processes; by default one a core, for work that is worth starting them.
    scheduler: the address of a Dask scheduler to use instead.
    """

    def __init__(self, workers: int | None = None, scheduler: str | None = None):
        self._workers = workers
        self._scheduler = scheduler
        self._dask: OnDask | None = None

    def __enter__(self) -> Runners:
        return self

    def __exit__(self, *_: object) -> None:
        if self._dask is not None:
            self._dask.close()

    def for_work(self, seconds: float) -> Runner:
        """Where to do what takes one process about so many seconds."""
        if self._dask is None:
            if self._scheduler is not None:
                self._dask = on_cluster(self._scheduler)
            else:
                wanted = self._workers or (1 if seconds < _WORTH_STARTING else cores())
                if wanted == 1 or not seconds:
                    return Here()
                self._dask = local_processes(wanted)
        return self._dask


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
