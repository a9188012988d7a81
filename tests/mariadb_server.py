"""A MariaDB server of our own, from Debian's packages."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

MARIADBD = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
_INSTALL = shutil.which("mariadb-install-db", path="/usr/bin:/usr/sbin")


class MariaDB:
    """A server that listens on a socket in ``folder`` alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "mariadb.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The address of its database, for PyMySQL, which reads all certificates before TLS."""
        socket = f"unix_socket={self.socket}"
        return f"mysql+pymysql://root@localhost/tickets?{socket}&charset=utf8mb4&ssl_disabled=1"

    def start(self) -> None:
        """Make the server's files, start it, and wait until it answers."""
        data = f"--datadir={self.folder}/data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        install = [_INSTALL, "--no-defaults", data, "--auth-root-authentication-method=normal"]
        subprocess.run([*install, "--skip-test-db"], check=True, **quiet)
        serve = [
            MARIADBD,
            "--no-defaults",
            data,
            f"--socket={self.socket}",
            f"--pid-file={self.folder}/pid",
            "--skip-networking",
            "--user=root",
            "--innodb-flush-log-at-trx-commit=0",  # tests need no durability
            "--innodb-flush-method=nosync",
            "--innodb-log-file-size=32M",
            "--innodb-fast-shutdown=2",
            "--skip-log-bin",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
        ]
        self.process = subprocess.Popen(serve, **quiet)
        self._wait()

    def stop(self) -> None:
        """End the server that `start` started."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)

    def _wait(self) -> None:
        import pymysql

        for _ in range(300):
            try:
                connection = pymysql.connect(unix_socket=str(self.socket), user="root")
            except pymysql.err.OperationalError:
                time.sleep(0.1)
                continue
            with connection, connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE IF NOT EXISTS tickets CHARACTER SET utf8mb4")
            return
        raise RuntimeError("MariaDB does not answer.")
