// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing but what it is compiled with: see CMakeLists.txt.
