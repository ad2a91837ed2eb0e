/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a profile's keys to certificates. */
#include "client/certificate/certificate-profile.h"

#include "client/profile/secrets.h"

int certificate_for_profile(const struct profile *profile, bool interactive,
			    struct certificate **ret, struct failure *ret_failure)
{
	_cleanup_(secret_clear) struct secret passphrase = { .len = 0 };
	const struct certificate_request request = {
		.ca = profile->machine_ca,
		.cert = profile->machine_cert,
		.key = profile->machine_key,
		.crl = profile->crl,
		.passphrase = &passphrase,
		.gateway = profile->gateway,
		.remote_id_given = profile->remote_id_given,
		.remote_id = profile->remote_id,
	};

	*ret = NULL;
	if (!profile->certificates)
		return 0;
	int r = secrets_get_machine_certpass(profile, interactive, &passphrase, ret_failure);
	return r < 0 ? r : certificate_load(&request, ret, ret_failure);
}
