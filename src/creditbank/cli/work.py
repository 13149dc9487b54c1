"""`creditbank work`: a worker beside the server, as many as there is work for."""

import signal
import threading
from typing import Annotated

import typer

from creditbank.cli.bank import bank_at, settings_of
from creditbank.cli.commands import example, single
from creditbank.cli.options import Home
from creditbank.cli.terminal import Terminal

app = single()


@app.command(epilog=example("creditbank work", "creditbank work --until-idle"))
def work(
    home: Home = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when nothing waits any more.")] = False,
) -> int:
    """Do the long work that was asked for, and send events.

    It goes on until Ctrl-C. Any number of workers may run over one bank: each job is done by one, and goes to another
    when its worker dies. Beside the embedded chain, what must be sent to it is left to creditbank serve.
    """
    terminal, stopping = Terminal(), threading.Event()
    with bank_at(home, own_chain=False) as bank:
        handlers = bank.handlers(sends=settings_of(home).chain != "embedded")
        if until_idle:
            done = 0
            while (job := bank.jobs.work(handlers)) is not None:
                done += job.ended_for_good
            while bank.webhooks.send() is not None:
                pass
            terminal.line(f"Jobs done: {done}. Nothing waits.")
            return 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        terminal.line("Working for the bank at ", str(bank.settings.home))
        terminal.hint("Ctrl-C ends it; a job under way is given back.")
        events = threading.Thread(target=bank.webhooks.go_on, args=[stopping], name="creditbank-webhooks")
        events.start()
        bank.jobs.go_on(handlers, stopping)
        events.join()
    return 0
