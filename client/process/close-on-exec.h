/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lib/macros.h"

/*
 * From descriptor FIRST on nothing reaches a program that is started: neither what is ours, nor what a library forgot to
 * mark, nor what whoever started us left open. Only what is allowed between fork and exec is used. Return: 0; a negative
 * errno: nobody is to be started.
 */
_must_check_ int close_on_exec_from(int first);
