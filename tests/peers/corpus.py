"""Messages from the real world, out of Debian packages that hold some."""

import os
import shutil
import subprocess

# The packages are unpacked below the build directory, not installed.
FOLDERS = {
    "python3-flufl.bounce":
        "usr/lib/python3/dist-packages/flufl/bounce/tests/data",
    "{python}-testsuite": "usr/lib/{python}/test/test_email/data",
    "spamassassin": "usr/share/doc/spamassassin/examples",
}


def python_of_the_system():
    """"python3.11": what /usr/bin/python3 is."""
    return os.path.basename(os.path.realpath("/usr/bin/python3"))


def unpack(package, to):
    os.makedirs(to)
    try:
        subprocess.run(["apt-get", "-qq", "download", package], cwd=to,
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)
        for name in os.listdir(to):
            subprocess.run(["dpkg", "-x", name, "."], cwd=to, check=True)
            os.unlink("%s/%s" % (to, name))
            break
    except BaseException:
        shutil.rmtree(to)
        raise


def messages(build):
    """(name, octets with LF as line end) of each message. SMTP cannot carry
    NUL, CR alone, or nothing: such files are not taken."""
    found = []
    python = python_of_the_system()
    for package, folder in FOLDERS.items():
        package = package.format(python="lib" + python)
        folder = folder.format(python=python)
        top = "%s/corpus/%s" % (os.path.abspath(build), package)
        if not os.path.isdir(top):
            unpack(package, top)
        folder = "%s/%s" % (top, folder)
        for name in sorted(os.listdir(folder)):
            if not name.endswith((".txt", ".eml")):
                continue
            with open("%s/%s" % (folder, name), "rb") as f:
                octets = f.read().replace(b"\r\n", b"\n")
            if octets and b"\0" not in octets and b"\r" not in octets:
                found.append((name, octets))
    return found
