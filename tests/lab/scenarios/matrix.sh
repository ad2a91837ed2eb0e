# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# description: every algorithm with every kind of gateway that has it, and what it hasn't is refused by name
# seconds: 105
# checks: 32

# From algorithms.table. WORDS is what a kind has for a role, in the table's order; the others are by
# role and word: names in the status, in that kind's log, in the kernel's list of SAs.
declare -A WORDS=() IN_STATUS=() IN_LOG=() IN_KERNEL=()

read_table()
{
	local kind=$1 role word status strongswan libreswan emulator kernel
	WORDS=() IN_STATUS=() IN_LOG=() IN_KERNEL=()
	# shellcheck disable=SC2034
	while read -r role word status strongswan libreswan emulator kernel; do
		[[ $role != '#'* && -n $role && ${!kind} != - ]] || continue
		WORDS[$role]+="$word "
		IN_STATUS[$role/$word]=$status
		IN_LOG[$role/$word]=${!kind#+}
		IN_KERNEL[$role/$word]=$kernel
	done </lab/algorithms.table
}

# The connections in which each word of each list comes at least once, one pair of proposals a line.
# AES-GCM has its own integrity. Every fourth one goes without PFS.
make_rows()
{
	local -a ciphers hashes groups esp_ciphers esp_hashes pfs_groups
	local i h=0 p=0 row
	read -ra ciphers <<<"${WORDS[ike-cipher]}"
	read -ra hashes <<<"${WORDS[ike-hash]}"
	read -ra groups <<<"${WORDS[group]}"
	read -ra esp_ciphers <<<"${WORDS[esp-cipher]}"
	read -ra esp_hashes <<<"${WORDS[esp-hash]}"
	read -ra pfs_groups <<<"${WORDS[pfs]}"
	for ((i = 0; i < ${#ciphers[@]} || i < ${#hashes[@]} || i < ${#groups[@]} ||
		i < ${#esp_ciphers[@]} || h < ${#esp_hashes[@]} || p < ${#pfs_groups[@]}; i++)); do
		row=${ciphers[i % ${#ciphers[@]}]}-${hashes[i % ${#hashes[@]}]}
		row+="-${groups[i % ${#groups[@]}]} ${esp_ciphers[i % ${#esp_ciphers[@]}]}"
		[[ $row == *gcm* ]] || row+="-${esp_hashes[h++ % ${#esp_hashes[@]}]}"
		((i % 4 == 0)) || row+="-${pfs_groups[p++ % ${#pfs_groups[@]}]}"
		echo "$row"
	done
}

# sa_pattern NAME/DIGITS[/ICV]: a pattern for the line of `ip xfrm state`.
sa_pattern()
{
	local name digits icv
	IFS=/ read -r name digits icv <<<"$1"
	name=${name//(/\\(}
	echo "${name//)/\\)} 0x[0-9a-f]{$digits}${icv:+ $icv}( |$)"
}

# The two SAs in the gateway's kernel, and none with anything else.
kernel_agrees()
{
	local pattern count
	pattern=$(sa_pattern "$1")
	count=$(grep -cE "$pattern" <<<"$2") || true
	((count == 2)) || {
		echo "wanted twice: $pattern"
		echo "$2"
		return 1
	}
}

# agreed KIND CIPHER HASH GROUP ESP-CIPHER ESP-HASH PFS: our status, the gateway's log since it began
# (in $LAB/said), and its kernel. An empty ESP-HASH or PFS: none.
agreed()
{
	local kind=$1 status said states log
	status=$(on pc1 tsunagu status office --json) || return 1
	states=$(on gw ip xfrm state)
	said=$(<"$LAB/said")
	status=${status//[[:space:]]/}
	has "$status" "\"phase1\":{\"encryption\":\"${IN_STATUS[ike-cipher/$2]}\"" \
		"\"hash\":\"${IN_STATUS[ike-hash/$3]}\",\"group\":\"${IN_STATUS[group/$4]}\"" \
		"\"phase2\":{\"encryption\":\"${IN_STATUS[esp-cipher/$5]}\"" || return 1
	[[ -z $6 ]] || has "$status" "\"integrity\":\"${IN_STATUS[esp-hash/$6]}\"" || return 1
	kernel_agrees "${IN_KERNEL[esp-cipher/$5]}" "$states" || return 1
	[[ -z $6 ]] || kernel_agrees "${IN_KERNEL[esp-hash/$6]}" "$states" || return 1
	log=$(log_words "$kind" "${@:2}")
	[[ -z $log ]] || has "$said" "${log%%$'\n'*}" "${log#*$'\n'}"
}

# Two lines: what the gateway's log has to say about phase 1 and phase 2.
log_words()
{
	local cipher=${IN_LOG[ike-cipher/$2]} hash=${IN_LOG[ike-hash/$3]} group=${IN_LOG[group/$4]}
	local encr=${IN_LOG[esp-cipher/$5]} auth=${6:+${IN_LOG[esp-hash/$6]}} pfs=${7:+${IN_LOG[pfs/$7]}}
	case $1 in
	strongswan)
		echo "selected proposal: IKE:$cipher/$hash/$group"
		echo "selected proposal: ESP:$encr${auth:+/$auth}${pfs:+/$pfs}/NO_EXT_SEQ"
		;;
	libreswan)
		echo "cipher=$cipher integ=$hash group=$group}"
		echo "xfrm=$encr-${auth:-NONE}${pfs:+-$pfs} "
		;;
	esac
}

gateway_log()
{
	case $1 in
	strongswan) echo "$LAB/node/gw/charon.log" ;;
	libreswan) echo "$LAB/node/gw/pluto.log" ;;
	emulator) echo "$LAB/node/gw/emulator.log" ;;
	esac
}

# one_row KIND IKE ESP
one_row()
{
	local kind=$1 log from cipher hash group esp_cipher second third pfs=''
	log=$(gateway_log "$kind")
	from=$(stat -c %s "$log")
	profile pc1 office ipsec-ike="$2" ipsec-esp="$3"
	run_logged connect pc1 office || return 1
	tail -c "+$((from + 1))" "$log" >"$LAB/said"
	IFS=- read -r cipher hash group <<<"$2"
	IFS=- read -r esp_cipher second third <<<"$3"
	if [[ $esp_cipher == *gcm* ]]; then
		pfs=$second second=''
	else
		pfs=$third
	fi
	local r=0
	agreed "$kind" "$cipher" "$hash" "$group" "$esp_cipher" "$second" "$pfs" || r=1
	ping_office pc1 2 || r=1
	run_logged disconnect pc1 office || r=1
	return "$r"
}

joined()
{
	local IFS=$1
	shift
	echo "$*"
}

# All of them at once, so that it is the client's one proposal that decides.
start_strongswan()
{
	local all_cipher=${WORDS[ike-cipher]} all_hash=${WORDS[ike-hash]} all_group=${WORDS[group]}
	local cbc='' gcm='' word ike esp pfs=${WORDS[pfs]}
	for word in ${WORDS[esp-cipher]}; do
		if [[ $word == *gcm* ]]; then gcm+="$word-"; else cbc+="$word-"; fi
	done
	ike=${all_cipher// /-}${all_hash// /-}${all_group// /-}
	pfs=${pfs// /-}modpnone
	esp=$cbc${WORDS[esp-hash]// /-}$pfs,$gcm$pfs
	gateway_start ike="${ike%-}!" esp="$esp!"
}

# libreswan wants each combination spelled out.
start_libreswan()
{
	local ike esp rows=()
	mapfile -t rows < <(make_rows)
	ike=$(joined , "${rows[@]% *}")
	esp=$(printf '%s\n' "${rows[@]#* }" |
		sed -E 's/-(modp|ecp|curve)[0-9]+$//; s/aes(...)gcm16/aes_gcm\1/' | sort -u)
	# shellcheck disable=SC2086
	gateway_start kind=libreswan ike="$ike" esp="$(joined , $esp)"
}

# It takes any phase 1 that it knows, and has one algorithm for ESP, as a Yamaha has.
start_emulator()
{
	local esp=${1:-aes128-sha1}
	gateway_start kind=emulator esp="${esp%-modp*}"
}

against()
{
	local kind=$1 ike esp
	read_table "$kind"
	gateway_stop
	"start_$kind"
	while read -r ike esp; do
		[[ $kind != emulator ]] || { gateway_stop; start_emulator "$esp"; }
		check "$kind: $ike, $esp" one_row "$kind" "$ike" "$esp"
	done < <(make_rows)
}

# refused TEXT EXIT IKE ESP
refused()
{
	profile pc1 office ipsec-ike="$3" ipsec-esp="$4"
	check_exit "$1" "$2" connect pc1 office --timeout 15
}

scenario_matrix()
{
	against strongswan
	against libreswan
	refused "libreswan has no modp1024" 14 aes128-sha1-modp1024 aes128-sha1
	refused "also for PFS" 16 aes192-sha1-modp2048 aes192-sha1-modp1024
	against emulator
	refused "the emulator has no ECP" 14 aes128-sha1-ecp256 aes128-sha1
	refused "and no AES-192" 14 aes192-sha1-modp2048 aes128-sha1
	refused "it has one algorithm for ESP" 16 aes128-sha1-modp2048 aes256gcm16
}
