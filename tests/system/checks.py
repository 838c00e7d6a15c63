"""Steps of a system test, each told as it ends and written as a JUnit test case."""
import sys
import time
import traceback
import xml.etree.ElementTree as ET


class Checks:
    def __init__(self, suite):
        self.suite = ET.Element("testsuite", name=suite)
        self.failed = 0

    def run(self, step, *arguments):
        """Runs a function; its docstring is the name. A failure is noted and the next one goes on."""
        name = step.__doc__.splitlines()[0]
        begun = time.monotonic()
        case = ET.SubElement(self.suite, "testcase", classname=self.suite.get("name"), name=name)
        try:
            step(*arguments)
        except Exception as error:  # whatever it is: a failed step
            self.failed += 1
            where = traceback.extract_tb(sys.exc_info()[2])[-1]
            ET.SubElement(case, "failure", message=str(error)[:500])
            print(f"FAILED  {name}\n        {where.name}:{where.lineno}: {type(error).__name__}: {error}", flush=True)
            return False
        print(f"ok      {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        return True

    def write(self, file):
        ET.ElementTree(self.suite).write(file)


def demand(condition, what):
    if not condition:
        raise AssertionError(what)
