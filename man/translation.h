/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Reads a file of translations (.mo); from then on i18n_text() takes them from there.
 * Return: 0; -errno when it can't be read, -EINVAL when it is none.
 */
int translation_read(const char *path);
