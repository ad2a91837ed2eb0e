# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# kind=softether: SoftEther VPN server, in which IPsec, L2TP and PPP are one process in user space. Clients get addresses
# of a network that exists in that process alone, from its DHCP server, and reach the office through its NAT
# ("SecureNAT"). Which algorithms, lifetimes and method of authentication are used, is not to be said: it takes what the
# client offers, asks for EAP first, then MS-CHAPv2, and PAP when it is asked for it.
#
# Of gateway_start's parameters psk, users, dns (one), pool and placement mean something.

SOFTETHER_HOST=192.168.30.1

# shellcheck disable=SC2154
softether_defaults()
{
	GATEWAY[pool]=192.168.30.200-192.168.30.219
}

# softether_word TEXT: as its configuration writes what isn't a letter or a digit.
softether_word()
{
	local LC_ALL=C text=$1 word='' i
	for ((i = 0; i < ${#text}; i++)); do
		case ${text:i:1} in
		[a-zA-Z0-9]) word+=${text:i:1} ;;
		*) word+=$(printf '$%02X' "'${text:i:1}") ;;
		esac
	done
	echo "${word:-\$}"
}

# A password outside ASCII: its own program would hash the octets of UTF-8 as if they were characters. Here is what Windows
# and its domains have of it, an MD4 of UTF-16.
softether_hashes()
{
	local user hash
	for user in ${GATEWAY[users]}; do
		[[ $user == *[^\ -~]* ]] || continue
		hash=$(iconv -f UTF-8 -t UTF-16LE <<<"${user#*:}" | head -c -2 |
			openssl dgst -md4 -provider legacy -binary | base64)
		printf 'declare %s\n{\nuint AuthType 1\nbyte AuthNtLmSecureHash %s\n}\n' "${user%%:*}" "$hash"
	done
}

# Nothing in it asks for the internet: no dynamic DNS, no NAT traversal, no keepalive to its maker.
softether_config()
{
	cat <<-END
	declare root
	{
		declare DDnsClient
		{
			bool Disabled true
		}
		declare IPsec
		{
			string IPsec_Secret $(softether_word "${GATEWAY[psk]}")
			string L2TP_DefaultHub office
			bool L2TP_IPsec true
		}
		declare ListenerList
		{
			declare Listener0
			{
				bool Enabled true
				uint Port 5555
			}
		}
		declare ServerConfiguration
		{
			bool DisableDeadLockCheck true
			bool DisableGetHostNameWhenAcceptTcp true
			bool DisableNatTraversal true
			bool DontBackupConfig true
			bool UseKeepConnect false
			uint ServerLogSwitchType 0
			string PortsUDP $
		}
		declare VirtualHUB
		{
			declare office
			{
				bool Online true
				declare LogSetting
				{
					bool SaveSecurityLog true
					uint SecurityLogSwitchType 0
				}
				declare Option
				{
					bool DisableIpRawModeSecureNAT true
					bool DisableKernelModeSecureNAT true
				}
				declare SecurityAccountDatabase
				{
					declare UserList
					{
						$(softether_hashes)
					}
				}
				declare SecureNAT
				{
					bool Disabled false
					declare VirtualDhcpServer
					{
						string DhcpDnsServerAddress ${GATEWAY[dns]%% *}
						bool DhcpEnabled true
						uint DhcpExpireTimeSpan 7200
						string DhcpGatewayAddress $SOFTETHER_HOST
						string DhcpLeaseIPEnd ${GATEWAY[pool]#*-}
						string DhcpLeaseIPStart ${GATEWAY[pool]%-*}
						string DhcpSubnetMask 255.255.255.0
					}
					declare VirtualHost
					{
						string VirtualHostIp $SOFTETHER_HOST
						string VirtualHostIpSubnetMask 255.255.255.0
					}
					declare VirtualRouter
					{
						bool NatEnabled true
						uint NatMtu 1500
						uint NatTcpTimeout 1800
						uint NatUdpTimeout 60
					}
				}
			}
		}
	}
	END
}

# The others go by its own program, which makes all the hashes that the server keeps.
softether_users()
{
	local user
	for user in ${GATEWAY[users]}; do
		[[ $user != *[^\ -~]* ]] || continue
		echo "UserCreate ${user%%:*} /GROUP:none /REALNAME:none /NOTE:none"
		echo "UserPasswordSet ${user%%:*} /PASSWORD:${user#*:}"
	done >"$(node_path gw /tmp)/users"
	on gw vpncmd localhost:5555 /SERVER /ADMINHUB:office /IN:/tmp/users /OUT:/tmp/users.out || {
		cat "$(node_path gw /tmp)/users.out"
		return 1
	}
}

softether_start()
{
	local log=$LAB/node/gw/softether.log
	rm -rf /var/lib/softether /var/log/softether
	mkdir -p /var/lib/softether "$(node_path gw /run)/softether"
	softether_config >/var/lib/softether/vpn_server.config
	# Both logs of it in one place.
	mkdir -p /var/log/softether/{server_log,security_log/office}
	: >"$log"
	ln -sf "$log" /var/log/softether/server_log/vpn.log
	ln -sf "$log" /var/log/softether/security_log/office/sec.log
	spawn gw vpnserver execsvc >/dev/null 2>&1 3>&- &
	wait_log "/proc/${NODE_PID[gw]}/net/tcp" ':15B3 '
	softether_users
	# It looks for addresses to listen on now and then: 4500 there is its last.
	wait_log "/proc/${NODE_PID[gw]}/net/udp" ':1194 '
}
