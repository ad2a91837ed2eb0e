/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: one text file with what whoever is to help needs to know: versions, what the kernel has,
 * the profile without its secrets, the state if it runs, what happened in the last attempt. Nothing
 * secret is in it, since nothing of what it is made from is, and the profile goes through
 * profile-redact.c. No packet is sent.
 */
#include "client/command/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <systemd/sd-daemon.h>

#include "client/command/kernel-probe.h"
#include "client/failure/failure.h"
#include "client/profile/profile-check.h"
#include "client/profile/profile-redact.h"
#include "client/profile/profile.h"
#include "client/run/attempt-log.h"
#include "client/run/control.h"

#define ASK_MS	     2000
#define PATH_LEN_MAX 256
#define LINES_SHOWN  400 /* of the log: enough for an attempt with everything in it */

static void heading(FILE *out, const char *text)
{
	fprintf(out, "\n== %s\n", text);
}

/* The value of a NAME="VALUE" line of os-release(5). */
static void put_distribution(FILE *out)
{
	FILE *f = fopen("/etc/os-release", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "PRETTY_NAME=", strlen("PRETTY_NAME=")) == 0)
			fprintf(out, "system: %s", line + strlen("PRETTY_NAME="));
	if (f)
		(void)fclose(f);
}

static void put_versions(FILE *out)
{
	struct utsname name;
	char when[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%FT%TZ", &tm);
	fprintf(out, "tsunagu %s, %s\n", TSUNAGU_VERSION, when);
	put_distribution(out);
	if (uname(&name) == 0)
		fprintf(out, "kernel: %s %s %s\n", name.sysname, name.release, name.machine);
	fprintf(out, "crypto: %s\n", OpenSSL_version(OPENSSL_VERSION));
	fprintf(out, "systemd: %s\n", sd_booted() > 0 ? "runs this machine" : "does not run here");
}

static void put_machine(FILE *out)
{
	static const char *const words[] = {
		[PROBE_OK] = "ok",
		[PROBE_MISSING] = "missing",
		[PROBE_LACKING] = "lacking",
		[PROBE_UNTESTED] = "untested",
	};
	struct probe probes[KERNEL_PROBES_MAX];
	size_t n = kernel_probe(probes);

	heading(out, "machine (tsunagu check)");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%-8s %s: %s\n", words[probes[i].verdict], probes[i].what,
			probes[i].detail);
}

static void put_profile(FILE *out, const struct profile *profile)
{
	static struct check_report report;
	struct failure f = { 0 };

	heading(out, "profile, without its secrets");
	if (profile_redact(profile->path, out, &f) < 0)
		fprintf(out, "%s (%s)\n", cause_sentence(f.cause), f.detail);
	heading(out, "what is to be said of the profile");
	profile_check(profile, &report);
	for (size_t i = 0; i < report.n; i++)
		fprintf(out, "%s\n", report.rows[i].text);
}

static void put_status(FILE *out, const char *name)
{
	static char text[CONTROL_ANSWER_MAX];

	heading(out, "status");
	if (control_ask(name, "status", text, sizeof(text), ASK_MS) > 0)
		fprintf(out, "%s\n", text);
	else
		fprintf(out, "it does not run\n");
}

/* How many lines a file has. */
static size_t count_lines(FILE *f)
{
	char line[2048];
	size_t n = 0;

	while (fgets(line, sizeof(line), f))
		n++;
	rewind(f);
	return n;
}

static void put_log_file(FILE *out, const char *name, int older)
{
	char path[PATH_LEN_MAX], line[2048];
	FILE *f = attempt_log_path(name, older, path, sizeof(path)) == 0 ? fopen(path, "re") : NULL;

	if (!f) {
		if (!older)
			fprintf(out, "%s: %s\n", path, strerror(errno));
		return;
	}
	size_t n = count_lines(f), skip = n > LINES_SHOWN ? n - LINES_SHOWN : 0;
	if (skip)
		fprintf(out, "(%zu earlier lines in %s)\n", skip, path);
	for (size_t i = 0; fgets(line, sizeof(line), f); i++)
		if (i >= skip)
			fputs(line, out);
	(void)fclose(f);
}

static void put_report(FILE *out, const struct profile *profile)
{
	put_versions(out);
	put_machine(out);
	put_profile(out, profile);
	put_status(out, profile->name);
	heading(out, "the last attempt");
	put_log_file(out, profile->name, 1);
	put_log_file(out, profile->name, 0);
}

/* tsunagu-NAME-DATE.txt in the working directory, so that no earlier one is written over. */
static FILE *open_report(const char *name, char path[static PATH_LEN_MAX], struct failure *f)
{
	char when[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(path, PATH_LEN_MAX, "tsunagu-%s-%s.txt", name, when);

	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!out) {
		(void)failure_set(f, CAUSE_USAGE, errno, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
	}
	return out;
}

static int fail(const char *name, const struct failure *f)
{
	failure_print(name, f);
	return cause_exit_code(f->cause);
}

int verb_report(const struct options *options)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct failure f = { 0 };
	char path[PATH_LEN_MAX];

	if (profile_load(options->name, &profile, &f) < 0)
		return fail(options->name, &f);
	FILE *out = open_report(profile->name, path, &f);
	if (!out)
		return fail(options->name, &f);
	/* For whoever is to help, who need not know the user's language. */
	(void)setlocale(LC_MESSAGES, "C");
	put_report(out, profile);
	bool whole = !ferror(out);
	if (fclose(out) != 0 || !whole) {
		(void)failure_set(&f, CAUSE_USAGE, errno ? errno : EIO, "%s: %s", path,
				  strerror(errno ? errno : EIO));
		(void)unlink(path);
		return fail(options->name, &f);
	}
	printf("%s\n", path);
	return EXIT_OK;
}
