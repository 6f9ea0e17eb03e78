# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text of the console can be translated, and one that cannot is caught."""

import os
import pathlib
import tempfile
import unittest

import texts

TREE = pathlib.Path(os.environ.get('MAINSTAY_SOURCE_DIR') or pathlib.Path(__file__).resolve().parents[2])


class Texts(unittest.TestCase):
    def planted(self, name, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, 'console', name)
            path.parent.mkdir(parents=True)
            path.write_text(text)
            return list(texts.faults(folder))

    def test_this_tree(self):
        self.assertEqual([], list(texts.faults(TREE)))

    def test_widgets(self):
        for fault in ('label->setText(QStringLiteral("Hello"));', 'new QPushButton(look::icon(QStringLiteral("run")), "Run");',
                      'setToolTip(tr("Good") + QStringLiteral(" and bad"));',
                      'setSummary(\n    tr("%1 (")\n        .arg(QStringLiteral("why")));'):
            self.assertEqual(1, len(self.planted('pages/a.cpp', fault)), fault)
        for fine in ('label->setText(tr("Hello"));', 'label->setProperty("look", QStringLiteral("card"));',
                     'label->setText(QStringLiteral("<b>%1</b> – %2").arg(a, b)); // "a comment"',
                     'new QPushButton(look::icon(QStringLiteral("run")), tr("Run (now)"));'):
            self.assertEqual([], self.planted('pages/a.cpp', fine), fine)
        self.assertEqual([], self.planted('cli/a.cpp', 'setText("Hello");'))

    def test_cells(self):
        cell = 'Cell stateCell(bool up)\n{\n    return {up ? %s : tr("Down"), Tone::plain, {}};\n}\n'
        self.assertEqual(1, len(self.planted('models/a_rows.cpp', cell % 'QStringLiteral("Up")')))
        self.assertEqual([], self.planted('models/a_rows.cpp', cell % 'tr("Up")'))


if __name__ == '__main__':
    unittest.main()
