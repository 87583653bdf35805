"""Modules that are unfit to be loaded, and what is told of them."""

import os
import re
import shutil
import subprocess
import unittest

from harness import BUILD, HERE, IS_ROOT, VERBENA, Place, build_module
from proc import content


class Modules(unittest.TestCase):
    def setUp(self):
        self.place = Place().__enter__()
        self.addCleanup(self.place.__exit__)
        self.dir = self.place.top + "/modules"

    def check(self, *names):
        """A module a line, the first in line 2: what is told of them."""
        self.place.write(
            "modules = [\n%s ];\nmodule_dir = \"$top/modules\";\n"
            "sites = ( { listen = [ \"127.0.0.1:$port_main\" ]; } );\n" %
            ",\n".join('"%s"' % name for name in names))
        return self.place.run("check")

    def assert_told(self, told, *patterns):
        lines = told.splitlines()
        self.assertEqual(len(lines), len(patterns), told)
        for line, pattern in zip(lines, patterns):
            self.assertRegex(line, pattern)

    def here(self, line):
        return "^%s:%d: " % (re.escape(self.place.conf), line)

    def copy_of_maildir(self, name, octets=None):
        path = "%s/%s.so" % (self.dir, name)
        with open(path, "wb") as f:
            f.write(content(BUILD + "/modules/maildir.so")[:octets])
        os.chmod(path, 0o755)
        return path

    def test_all_unfit_modules_are_told_at_once_with_file_and_line(self):
        self.copy_of_maildir("maildir", 4000)
        self.copy_of_maildir("other")
        shutil.copy(BUILD + "/modules/basic.so", self.dir)
        os.chmod(self.dir + "/basic.so", 0o775)
        for source in ("mute.c", "stranger.c"):
            build_module(source, self.dir)
        with open(self.dir + "/text.so", "w") as f:
            f.write("no module at all\n")
        os.mkdir(self.dir + "/folder.so")
        code, told = self.check("missing", "maildir", "other", "basic",
                                "mute", "stranger", "text", "folder")
        self.assert_told(
            told,
            self.here(2) + 'module "missing" .* No such file or directory',
            self.here(3) + 'module "maildir" .* is truncated',
            self.here(4) + 'module "other" .* says it is "maildir"',
            self.here(5) + 'module "basic" .* can be written by others',
            self.here(6) + 'module "mute" .* has no Verbena note',
            self.here(7) + 'module "stranger" .* wants module interface 9.0',
            self.here(8) + 'module "text" .* is not an ELF shared object',
            self.here(9) + 'module "folder" .* is not a regular file')
        self.assertEqual(code, 1)

    def test_a_module_that_is_named_twice_is_told(self):
        self.copy_of_maildir("maildir")
        code, told = self.check("maildir", "maildir")
        self.assert_told(told, self.here(3) + "module \"maildir\" .* is "
                         "loaded already, by .*:2$")
        self.assertEqual(code, 1)

    def test_no_code_of_any_module_runs_while_one_is_unfit(self):
        build_module("bomb.c", self.dir)
        code, told = self.check("bomb", "missing")
        self.assert_told(told, self.here(3) + 'module "missing"')
        self.assertEqual(code, 1)

    def test_a_module_that_crashes_when_loaded_is_told_and_nothing_else(self):
        build_module("bomb.c", self.dir)
        code, told = self.check("bomb")
        self.assert_told(told, 'module.*crashed.*signal 6')
        self.assertEqual(code, 1)

    def test_a_module_that_ends_its_process_when_loaded_is_told(self):
        build_module("bomb.c", self.dir, "-DEXPLODE=_exit(0)")
        code, told = self.check("bomb")
        self.assert_told(told, "a module ended the process that loaded it")
        self.assertEqual(code, 1)

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_no_code_of_any_module_runs_as_root(self):
        source = self.place.top + "/who.c"
        with open(source, "w") as f:
            f.write('#include <unistd.h>\n#include <verbena/module.h>\n'
                    'static __attribute__((constructor)) void look(void)\n'
                    '{ if (geteuid() == 0 || getuid() == 0 || getegid() == 0)'
                    ' _exit(9); }\n'
                    'VB_MODULE(who, "1.0"){ .about = "looks who runs it" };\n')
        build_module(source, self.dir)
        self.assertEqual(self.check("who"), (0, ""))

    def test_hooks_in_a_circle_are_told_with_the_lines_of_both(self):
        for one, other in (("hen", "egg"), ("egg", "hen")):
            source = "%s/%s.c" % (self.place.top, one)
            shutil.copy(HERE + "/modules/loop.c", source)
            build_module(source, self.dir, "-DLOOP=" + one, "-DOTHER=" + other)
        code, told = self.check("hen", "egg")
        self.assert_told(told, self.here(2) + 'the hooks at VB_AT_MAIL have '
                         'no order: "hen" .*:2\\) after "egg", "egg" .*:3\\) '
                         'after "hen"$')
        self.assertEqual(code, 1)

    def test_a_server_whose_module_does_not_start_does_not_start(self):
        shutil.copy(BUILD + "/modules/basic.so", self.dir)
        build_module("lazy.c", self.dir)
        self.check("basic", "lazy")
        with open(self.place.conf, "a") as f:
            f.write('state_dir = "%s/state"; run_dir = "%s/run";\n' % (
                self.place.top, self.place.top))
        done = subprocess.run([VERBENA, "-c", self.place.conf, "run"],
                              stdout=subprocess.PIPE, timeout=20,
                              stderr=subprocess.STDOUT)
        self.assertIn(b"module-failed module=lazy at=start", done.stdout)
        self.assertEqual(done.returncode, 1)
