/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program that agents start, as they start it: the connection on its standard input, the answer on the output.
 *	test-auth-dialog PROGRAM
 */
#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

static const char *program;

#define PSK_AND_PASSWORD    "DATA_KEY=gateway\nDATA_VAL=gw\n\nDATA_KEY=user\nDATA_VAL=taro\n\n"
#define FLAGS(name, value)  "DATA_KEY=" name "-flags\nDATA_VAL=" value "\n\n"
#define SECRET(name, value) "SECRET_KEY=" name "\nSECRET_VAL=" value "\n\n"
#define TLS(key)	    "DATA_KEY=" key "\nDATA_VAL=tls\n\n"
#define END		    "DONE\n\nQUIT\n\n"

/* Runs it without a display and without a session's bus. Return: its exit code. */
static int ask(const char *input, const char *const *options, char **ret_output, char **ret_errors)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
		G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
		G_SUBPROCESS_FLAGS_STDERR_PIPE);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GSubprocess) process = NULL;
	g_autoptr(GError) error = NULL;
	static const char *const always[] = { "-u", "5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002",
					      "-n", "Office",
					      "-s", "org.freedesktop.NetworkManager.l2tp" };

	g_ptr_array_add(argv, (gpointer)(guintptr)program);
	for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
		g_ptr_array_add(argv, (gpointer)(guintptr)always[i]);
	for (; *options; options++)
		g_ptr_array_add(argv, (gpointer)(guintptr)*options);
	g_ptr_array_add(argv, NULL);
	g_subprocess_launcher_unsetenv(launcher, "DISPLAY");
	g_subprocess_launcher_unsetenv(launcher, "WAYLAND_DISPLAY");
	g_subprocess_launcher_setenv(launcher, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere",
				     TRUE);
	g_subprocess_launcher_setenv(launcher, "LC_ALL", "C", TRUE);
	process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
	g_assert_no_error(error);
	g_subprocess_communicate_utf8(process, input, NULL, ret_output, ret_errors, &error);
	g_assert_no_error(error);
	return g_subprocess_get_exit_status(process);
}

static const struct {
	const char *name, *input;
	const char *const options[8];
	const char *output;
} lines[] = {
	{ "what is known is the answer",
	  PSK_AND_PASSWORD SECRET("password", "p w ") SECRET("ipsec-psk", "key") END,
	  { "-i" },
	  "password\np w \nipsec-psk\nkey\n\n\n" },
	{ "nothing is needed",
	  PSK_AND_PASSWORD FLAGS("password", "4") FLAGS("ipsec-psk", "4") END,
	  { "-i" },
	  "no-secret\ntrue\n\n\n" },
	{ "what may not be asked for isn't made up", PSK_AND_PASSWORD END, { NULL }, "\n\n" },
	{ "an old key stands in the data",
	  PSK_AND_PASSWORD "DATA_KEY=ipsec-psk\nDATA_VAL=old\n\n" FLAGS("password", "4") END,
	  { "-i" },
	  "ipsec-psk\nold\n\n\n" },
	{ "keys without a passphrase",
	  PSK_AND_PASSWORD TLS("user-auth-type") TLS("machine-auth-type") END,
	  { "-i" },
	  "no-secret\ntrue\n\n\n" },
	{ "passphrases",
	  PSK_AND_PASSWORD TLS("user-auth-type") TLS("machine-auth-type")
		  SECRET("user-certpass", "u") SECRET("machine-certpass", "m")
			  SECRET("password", "unused") END,
	  { "-i" },
	  "user-certpass\nu\nmachine-certpass\nm\n\n\n" },
	{ "a tunnel's secret that is kept",
	  PSK_AND_PASSWORD FLAGS("password", "4") FLAGS("ipsec-psk", "4")
		  SECRET("l2tp-secret", "RTX1210") END,
	  { "-i" },
	  "l2tp-secret\nRTX1210\n\n\n" },
};

static void test_lines(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *output = NULL, *errors = NULL;

		g_test_message("%s", lines[i].name);
		g_assert_cmpint(ask(lines[i].input, lines[i].options, &output, &errors), ==, 0);
		g_assert_cmpstr(output, ==, lines[i].output);
	}
}

/* name=value:ask of each secret, as the keyfile has them. */
static char *drawn(const char *input, const char *const *options, GKeyFile **ret_file)
{
	g_autofree char *output = NULL, *errors = NULL;
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) groups = NULL;
	GString *text = g_string_new(NULL);

	g_assert_cmpint(ask(input, options, &output, &errors), ==, 0);
	g_assert_true(
		g_key_file_load_from_data(file, output, strlen(output), G_KEY_FILE_NONE, NULL));
	groups = g_key_file_get_groups(file, NULL);
	g_assert_cmpstr(groups[0], ==, "VPN Plugin UI");
	g_assert_cmpint(g_key_file_get_integer(file, groups[0], "Version", NULL), ==, 2);
	for (char **group = groups + 1; *group; group++) {
		g_autofree char *value = g_key_file_get_string(file, *group, "Value", NULL);
		bool should = g_key_file_get_boolean(file, *group, "ShouldAsk", NULL);

		g_assert_true(g_key_file_get_boolean(file, *group, "IsSecret", NULL));
		g_string_append_printf(text, "%s=%s:%s ", *group, value, should ? "ask" : "known");
	}
	if (ret_file)
		*ret_file = g_steal_pointer(&file);
	return g_string_free(text, FALSE);
}

static const struct {
	const char *name, *input;
	const char *const options[8];
	const char *drawn;
} drawings[] = {
	{ "both", PSK_AND_PASSWORD END, { "-i" }, "password=:ask ipsec-psk=:ask " },
	{ "one is known",
	  PSK_AND_PASSWORD SECRET("ipsec-psk", "key") END,
	  { "-i" },
	  "password=:ask ipsec-psk=key:known " },
	{ "asked for each time",
	  PSK_AND_PASSWORD FLAGS("password", "2") SECRET("password", "last") FLAGS("ipsec-psk", "4")
		  END,
	  { "-i" },
	  "password=:ask " },
	{ "it was wrong",
	  PSK_AND_PASSWORD SECRET("password", "old") SECRET("ipsec-psk", "key") END,
	  { "-i", "-r" },
	  "password=old:ask ipsec-psk=key:ask " },
	{ "one of them was wrong",
	  PSK_AND_PASSWORD SECRET("password", "old") SECRET("ipsec-psk", "key") END,
	  { "-i", "-r", "-t", "password" },
	  "password=old:ask ipsec-psk=key:known " },
	{ "a hint goes before the flags",
	  PSK_AND_PASSWORD TLS("machine-auth-type") FLAGS("password", "4") END,
	  { "-i", "-t", "machine-certpass" },
	  "machine-certpass=:ask " },
	{ "a hint that doesn't belong to the connection",
	  PSK_AND_PASSWORD FLAGS("password", "4") FLAGS("ipsec-psk", "4") END,
	  { "-i", "-t", "machine-certpass" },
	  "no-secret=true:known " },
	{ "passphrases with an agent",
	  PSK_AND_PASSWORD TLS("user-auth-type") TLS("machine-auth-type")
		  FLAGS("user-certpass", "1") FLAGS("machine-certpass", "2") END,
	  { "-i" },
	  "user-certpass=:ask machine-certpass=:ask " },
	{ "a tunnel's secret with an agent",
	  PSK_AND_PASSWORD FLAGS("password", "4") FLAGS("ipsec-psk", "4") FLAGS("l2tp-secret", "1")
		  END,
	  { "-i" },
	  "l2tp-secret=:ask " },
	{ "nothing may be asked for", PSK_AND_PASSWORD END, { NULL }, "" },
	{ "nothing is needed",
	  PSK_AND_PASSWORD FLAGS("password", "4") FLAGS("ipsec-psk", "4") END,
	  { "-i" },
	  "no-secret=true:known " },
	{ "flags that are none are the system's",
	  PSK_AND_PASSWORD FLAGS("password", "many") FLAGS("ipsec-psk", "99") END,
	  { "-i" },
	  "password=:ask ipsec-psk=:ask " },
};

static void test_drawings(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(drawings); i++) {
		const char *options[10] = { "--external-ui-mode" };
		g_autofree char *text = NULL;

		memcpy(options + 1, drawings[i].options, sizeof(drawings[i].options));
		g_test_message("%s", drawings[i].name);
		text = drawn(drawings[i].input, options, NULL);
		g_assert_cmpstr(text, ==, drawings[i].drawn);
	}
}

static void test_words(void)
{
	const char *const plain[] = { "--external-ui-mode", "-i", NULL };
	const char *const told[] = { "--external-ui-mode", "-i", "-t",
				     "x-vpn-message:The code was too old.", NULL };
	g_autoptr(GKeyFile) first = NULL, second = NULL;
	g_autofree char *one = drawn(PSK_AND_PASSWORD END, plain, &first);
	g_autofree char *two = drawn(PSK_AND_PASSWORD END, told, &second);
	g_autofree char *label = g_key_file_get_string(first, "ipsec-psk", "Label", NULL);
	g_autofree char *usual = g_key_file_get_string(first, "VPN Plugin UI", "Description", NULL);
	g_autofree char *message =
		g_key_file_get_string(second, "VPN Plugin UI", "Description", NULL);

	g_assert_cmpstr(one, ==, two);
	g_assert_cmpstr(label, ==, "Pre-shared key");
	g_assert_nonnull(strstr(usual, "Office"));
	g_assert_cmpstr(message, ==, "The code was too old.");
}

/* It has no display here, so that a question can't be put: then nothing is answered. */
static void test_no_display(void)
{
	const char *const options[] = { "-i", NULL };
	g_autofree char *output = NULL, *errors = NULL;

	g_assert_cmpint(ask(PSK_AND_PASSWORD END, options, &output, &errors), ==, 1);
	g_assert_cmpstr(output, ==, "");
	g_assert_cmpstr(errors, !=, "");
}

static void test_another_kind(void)
{
	const char *const options[] = { "-s", "org.freedesktop.NetworkManager.openvpn", NULL };
	g_autofree char *output = NULL, *errors = NULL;

	g_assert_cmpint(ask(PSK_AND_PASSWORD END, options, &output, &errors), ==, 1);
	g_assert_nonnull(strstr(errors, "openvpn"));
}

/* An agent that closes, and one that says nothing readable. */
static void test_odd_input(void)
{
	const char *const options[] = { "-i", "--external-ui-mode", NULL };
	static const char *const inputs[] = { "", "DATA_KEY=\nDATA_VAL=\n\nDONE\n\n",
					      "nonsense\n\n\n\n" };

	for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
		g_autofree char *output = NULL, *errors = NULL;
		int code = ask(inputs[i], options, &output, &errors);

		g_assert_true(code == 0 || code == 1);
		g_assert_null(strstr(output, "no-secret"));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	program = argv[1];
	g_test_add_func("/auth-dialog/lines", test_lines);
	g_test_add_func("/auth-dialog/drawings", test_drawings);
	g_test_add_func("/auth-dialog/words", test_words);
	g_test_add_func("/auth-dialog/no-display", test_no_display);
	g_test_add_func("/auth-dialog/another-kind", test_another_kind);
	g_test_add_func("/auth-dialog/odd-input", test_odd_input);
	return g_test_run();
}
