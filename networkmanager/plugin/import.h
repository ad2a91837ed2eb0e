/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>

/*
 * A connection from a file: NetworkManager-l2tp's export, a keyfile of NetworkManager's, or a profile of our own. Keys of
 * [vpn] that nobody knows stay. It gets a new UUID, and belongs to who imports it. Return: NULL, and the error says what is
 * wrong with the file.
 */
NMConnection *l2tp_import(const char *path, GError **error);
