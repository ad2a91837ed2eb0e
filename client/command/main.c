/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: which verb, with which options. One table has both, and --help is made from it. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "client/command/verbs.h"
#include "client/failure/failure.h"
#include "client/failure/i18n.h"
#include "client/process/standard-fds.h"
#include "client/profile/profile.h"
#include "lib/macros.h"

enum name_rule {
	NAME_NONE,
	NAME_OPTIONAL,
	NAME_WANTED,
	NAME_OR_ALL,
};

/* The options a verb takes, by their short letters. */
struct verb {
	const char *name;
	int (*run)(const struct options *options);
	enum name_rule name_rule;
	const char *takes;
	const char *synopsis;
	const char *help;
};

static const struct verb verbs[] = {
	{ "connect", verb_connect, NAME_WANTED, "ftjmkcv",
	  "NAME [--foreground] [--timeout SECONDS] [--json] [--managed] [--keylog DIR] "
	  "[--capture FILE] [--verbose]",
	  N_("bring the connection up; returns 0 when traffic can flow") },
	{ "disconnect", verb_disconnect, NAME_OR_ALL, "a", "NAME | --all",
	  N_("end it; everything is undone when it returns") },
	{ "status", verb_status, NAME_OPTIONAL, "jw", "[NAME] [--json] [--watch]",
	  N_("addresses, algorithms, NAT, traffic of what runs") },
	{ "check", verb_check, NAME_OPTIONAL, "j", "[NAME] [--json]",
	  N_("test the kernel and the profile; no packet is sent") },
	{ "diagnose", verb_diagnose, NAME_WANTED, "jtv",
	  "NAME [--timeout SECONDS] [--json] [--verbose]",
	  N_("try each step, say what broke and what to change; nothing stays behind") },
	{ "report", verb_report, NAME_WANTED, "", "NAME",
	  N_("write a text file for a bug report, without secrets; prints its name") },
	{ "list", verb_list, NAME_NONE, "j", "[--json]", N_("the profiles there are") },
};

static const struct {
	struct option option;
	const char *help;
} option_table[] = {
	{ { "foreground", no_argument, NULL, 'f' }, N_("stay, and end with the connection") },
	{ { "timeout", required_argument, NULL, 't' }, N_("seconds for the attempt (30)") },
	{ { "json", no_argument, NULL, 'j' }, N_("one JSON object a line instead of words") },
	{ { "managed", no_argument, NULL, 'm' },
	  N_("leave routes of a split tunnel and name servers to who reads the events") },
	{ { "keylog", required_argument, NULL, 'k' },
	  N_("write the keys for Wireshark into this folder") },
	{ { "capture", required_argument, NULL, 'c' },
	  N_("write what goes to and comes from the gateway into this file (pcap)") },
	{ { "verbose", no_argument, NULL, 'v' }, N_("show each step of the protocols") },
	{ { "watch", no_argument, NULL, 'w' }, N_("show it again every second") },
	{ { "all", no_argument, NULL, 'a' },
	  N_("every connection, also what a crash left behind") },
	{ { "help", no_argument, NULL, 'h' }, N_("this text") },
	{ { "version", no_argument, NULL, 'V' }, N_("the version") },
};

static const char *option_help(char letter, const char **ret_name)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_table); i++)
		if (option_table[i].option.val == letter) {
			*ret_name = option_table[i].option.name;
			return option_table[i].help;
		}
	*ret_name = "";
	return "";
}

static int usage(const char *format, ...) _printf_(1, 2);

static int usage(const char *format, ...)
{
	struct failure f = { 0 };
	char text[FAILURE_DETAIL_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), _(format), args);
	va_end(args);
	(void)failure_set(&f, CAUSE_USAGE, EINVAL, "%s", text);
	failure_print(NULL, &f);
	return EXIT_USAGE;
}

static void help_program(void)
{
	printf("%s\n\n", _("Tsunagu: an L2TP/IPsec client."));
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		printf("tsunagu %s %s\n    %s\n", verbs[i].name, verbs[i].synopsis,
		       _(verbs[i].help));
	printf("\n%s\n",
	       _("`tsunagu VERB --help` has a verb's options. A NAME is "
		 "/etc/tsunagu/NAME.nmconnection,\n"
		 "the id or UUID of one of NetworkManager's connections, or a path with a slash.\n"
		 "Manuals: tsunagu(8), tsunagu.nmconnection(5)."));
}

static void help_verb(const struct verb *verb)
{
	const char *name;

	printf("tsunagu %s %s\n  %s\n\n", verb->name, verb->synopsis, _(verb->help));
	for (const char *p = verb->takes; *p; p++) {
		const char *help = option_help(*p, &name);
		printf("  --%-12s %s\n", name, _(help));
	}
	printf("  --%-12s %s\n", "help", _("this text"));
}

static int parse_timeout(const char *text, unsigned int *ret)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || value < 1 || value > TIMEOUT_MAX_S)
		return -EINVAL;
	*ret = (unsigned int)value;
	return 0;
}

/* Return: 0; 1 when help was given; -EINVAL when it was wrong and the user was told. */
static int apply_option(const struct verb *verb, int letter, struct options *ret)
{
	const char *name;

	if (letter == 'h') {
		help_verb(verb);
		return 1;
	}
	if (letter == 't' && parse_timeout(optarg, &ret->timeout_s) < 0) {
		(void)usage("--timeout takes 1 to %d seconds, not %s", TIMEOUT_MAX_S, optarg);
		return -EINVAL;
	}
	(void)option_help((char)letter, &name);
	if (!strchr(verb->takes, letter)) {
		(void)usage("%s does not take --%s", verb->name, name);
		return -EINVAL;
	}
	ret->foreground |= letter == 'f';
	ret->json |= letter == 'j';
	ret->managed |= letter == 'm';
	ret->verbose |= letter == 'v';
	ret->watch |= letter == 'w';
	ret->all |= letter == 'a';
	if (letter == 'k')
		ret->keylog = optarg;
	if (letter == 'c')
		ret->capture = optarg;
	return 0;
}

/* As apply_option(). */
static int parse_options(const struct verb *verb, int argc, char *argv[], struct options *ret)
{
	struct option options[ARRAY_SIZE(option_table) + 1] = { 0 };
	int letter;

	for (size_t i = 0; i < ARRAY_SIZE(option_table); i++)
		options[i] = option_table[i].option;
	while ((letter = getopt_long(argc, argv, "hv", options, NULL)) != -1) {
		if (letter == '?')
			return -EINVAL;
		int r = apply_option(verb, letter, ret);
		if (r != 0)
			return r;
	}
	if (optind < argc)
		ret->name = argv[optind++];
	if (optind < argc) {
		(void)usage("one NAME is enough: %s", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static bool name_fits(const struct verb *verb, const struct options *options)
{
	switch (verb->name_rule) {
	case NAME_NONE:
		return !options->name;
	case NAME_OPTIONAL:
		return true;
	case NAME_WANTED:
		return options->name;
	case NAME_OR_ALL:
		return options->all ? !options->name : options->name != NULL;
	}
	return false;
}

static int run_verb(const struct verb *verb, int argc, char *argv[])
{
	struct options options = { 0 };
	int r = parse_options(verb, argc, argv, &options);

	if (r > 0)
		return EXIT_OK;
	if (r < 0)
		return EXIT_USAGE;
	if (!name_fits(verb, &options))
		return usage("it goes: tsunagu %s %s", verb->name, verb->synopsis);
	if (options.managed && !(options.foreground && options.json))
		return usage("--managed needs --foreground and --json");
	return verb->run(&options);
}

int main(int argc, char *argv[])
{
	if (standard_fds_open() < 0)
		return EXIT_FAILURE; /* there is nowhere to say why */
	i18n_init(TSUNAGU_LOCALE_DIR);
	/* Of our own files; children get another one (process.c). */
	(void)umask(077);
	/* Secrets are in this process: no core file, no look from the same user's other programs. */
	(void)prctl(PR_SET_DUMPABLE, 0);

	if (argc < 2)
		return usage("a verb is missing: connect, disconnect, status, check, diagnose, "
			     "report, list");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_program();
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("tsunagu %s\n", TSUNAGU_VERSION);
		return EXIT_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return run_verb(&verbs[i], argc - 1, argv + 1);
	return usage("there is no verb %s", argv[1]);
}
