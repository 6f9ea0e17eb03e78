# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree keeps the layering, and a tree that does not is caught."""

import os
import pathlib
import tempfile
import unittest

import layering

TREE = pathlib.Path(os.environ.get('MAINSTAY_SOURCE_DIR') or pathlib.Path(__file__).resolve().parents[2])
LICENCE = f'// {layering.LICENCE}\n'
METHODS = LICENCE + 'static constexpr MethodInfo kMethod{"status.get", Access::look, ""};\n'


class Layering(unittest.TestCase):
    def planted(self, **files):
        """The faults of a small tree with these files; `__` in a name stands for a slash."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {'shared__rpc__methods.h': METHODS, **files}.items():
                path = pathlib.Path(folder, *name.split('__'))
                path = path if path.suffix else path.with_suffix('.cpp')
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return layering.faults(folder)

    def test_this_tree(self):
        self.assertEqual([], layering.faults(TREE))

    def test_edges(self):
        allowed = {'service__http__a': 'wire/b.h', 'service__control__a': 'http/b.h', 'console__cli__a': 'rpc/b.h',
                   'service__snapshot__a': 'engine/tls_context.h', 'service__wire__a': 'base/b.h',
                   'service__main': 'control/b.h', 'tools__reference__a': 'cli/b.h'}
        for name, target in allowed.items():
            self.assertEqual([], self.planted(**{name: f'{LICENCE}#include "{target}"\n'}), f'{name} -> {target}')
        forbidden = {'service__wire__a': 'engine/b.h', 'service__http__a': 'control/b.h', 'console__cli__a': 'engine/b.h',
                     'service__snapshot__a': 'engine/loop.h', 'service__control__a': 'apphost/b.h',
                     'service__novel__a': 'wire/b.h', 'service__dns__a': 'b.h', 'shared__config__a': 'rpc/b.h',
                     'tools__reference__a': 'control/b.h', 'service__http__b': 'reference/b.h'}
        for name, target in forbidden.items():
            self.assertEqual(1, len(self.planted(**{name: f'{LICENCE}#include "{target}"\n'})), f'{name} -> {target}')

    def test_qt(self):
        self.assertEqual(1, len(self.planted(service__engine__a=LICENCE + '#include <QString>\n')))
        self.assertEqual(1, len(self.planted(service__dns__a=LICENCE + '#include <QtCore/qglobal.h>\n')))
        self.assertEqual([], self.planted(service__control__a=LICENCE + '#include <QString>\n'))

    def test_method_names(self):
        self.assertEqual(1, len(self.planted(console__cli__a=LICENCE + 'call("status.get");\n')))
        self.assertEqual(1, len(self.planted(service__control__a=LICENCE + 'send(R"({"method":"status.get"})");\n')))
        self.assertEqual([], self.planted(console__cli__a=LICENCE + 'call("status.getter");\n'))

    def test_licence(self):
        self.assertEqual(1, len(self.planted(service__wire__a='int a;\n')))


if __name__ == '__main__':
    unittest.main()
