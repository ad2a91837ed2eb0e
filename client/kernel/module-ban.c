/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads modprobe.d(5): "blacklist NAME" keeps the kernel's own requests from loading it, "install NAME
 * /bin/false" (or true) every request. A file in an earlier folder hides those of its name in later ones.
 */
#include "client/kernel/module-ban.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/failure/i18n.h"

#define LINE_MAX_OCTETS 1024
#define SPACES		" \t\r\n"

static const char *const folders[] = { "/etc/modprobe.d", "/run/modprobe.d",
				       "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d",
				       "/lib/modprobe.d" };

/* modprobe takes '-' for '_' in names. */
static bool same_name(const char *a, const char *b, size_t len)
{
	if (strlen(a) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

static bool is_among(const char *name, const char *modules)
{
	while (*modules) {
		size_t len = strcspn(modules, " ");

		if (len > 0 && same_name(name, modules, len))
			return true;
		modules += len + strspn(modules + len, " ");
	}
	return false;
}

static bool does_nothing(const char *command)
{
	const char *slash = command ? strrchr(command, '/') : NULL;
	const char *name = slash ? slash + 1 : command;

	return name && (strcmp(name, "false") == 0 || strcmp(name, "true") == 0);
}

/* Whether this line forbids one of them; LINE is cut into words. */
static bool forbids(char *line, const char *modules)
{
	char *rest;
	const char *verb = strtok_r(line, SPACES, &rest);
	const char *name = strtok_r(NULL, SPACES, &rest);

	if (!verb || !name || !is_among(name, modules))
		return false;
	return strcmp(verb, "blacklist") == 0 ||
	       (strcmp(verb, "install") == 0 && does_nothing(strtok_r(NULL, SPACES, &rest)));
}

static bool search_file(const char *path, const char *modules, char *ret)
{
	char line[LINE_MAX_OCTETS], words[LINE_MAX_OCTETS];
	bool found = false;
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	for (unsigned int n = 1; !found && fgets(line, sizeof(line), f); n++) {
		line[strcspn(line, "\r\n")] = '\0';
		memcpy(words, line, sizeof(words));
		found = forbids(words, modules);
		if (found)
			(void)snprintf(ret, MODULE_BAN_MAX, _("%.120s, line %u: %.80s"), path, n,
				       line);
	}
	(void)fclose(f);
	return found;
}

/* Whether an earlier folder has a file of that name. */
static bool is_hidden(const char *root, size_t folder, const char *name)
{
	char path[512];

	for (size_t i = 0; i < folder; i++) {
		(void)snprintf(path, sizeof(path), "%s%s/%s", root, folders[i], name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static bool search_folder(const char *root, size_t folder, const char *modules, char *ret)
{
	char path[512];
	struct dirent *entry;
	bool found = false;

	(void)snprintf(path, sizeof(path), "%s%s", root, folders[folder]);
	DIR *dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);
		if (len < 5 || strcmp(entry->d_name + len - 5, ".conf") != 0 ||
		    is_hidden(root, folder, entry->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "%s%s/%s", root, folders[folder], entry->d_name);
		found = search_file(path, modules, ret);
	}
	(void)closedir(dir);
	return found;
}

bool module_ban_find(const char *root, const char *modules, char ret[static MODULE_BAN_MAX])
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (search_folder(root, i, modules, ret))
			return true;
	return false;
}

int module_failure_set(struct failure *f, enum cause cause, int error, const char *modules)
{
	char ban[MODULE_BAN_MAX];

	if (module_ban_find("", modules, ban))
		return failure_set(f, CAUSE_KERNEL_BLACKLISTED, error, "%s", ban);
	return failure_set(f, cause, error, strchr(modules, ' ') ? "modules %s" : N_("module %s"),
			   modules);
}
