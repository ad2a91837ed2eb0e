/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Opens /dev/null in the place of each of the descriptors 0, 1 and 2 that is closed. To be called before anything
 * else is opened. Return: 0; a negative errno.
 */
int standard_fds_open(void);
