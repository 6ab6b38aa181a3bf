/** What listens behind a number: the services scanners ask for, by their everyday names. Not the whole IANA list. */
const BOTH: Record<number, string> = {
  7: 'echo', 9: 'discard', 13: 'daytime', 19: 'chargen', 53: 'DNS', 88: 'Kerberos', 111: 'RPC', 389: 'LDAP',
  500: 'IKE', 2049: 'NFS', 3478: 'STUN', 5060: 'SIP', 5061: 'SIP TLS',
};

const TCP: Record<number, string> = {
  20: 'FTP data', 21: 'FTP', 22: 'SSH', 23: 'Telnet', 25: 'SMTP', 37: 'time', 43: 'whois', 49: 'TACACS', 70: 'gopher',
  79: 'finger', 80: 'HTTP', 81: 'HTTP alt', 102: 'Siemens S7', 104: 'DICOM', 110: 'POP3', 113: 'ident', 119: 'NNTP',
  135: 'MS RPC', 139: 'NetBIOS', 143: 'IMAP', 179: 'BGP', 199: 'SMUX', 264: 'Checkpoint', 427: 'SLP', 443: 'HTTPS',
  444: 'SNPP', 445: 'SMB', 465: 'SMTPS', 502: 'Modbus', 512: 'rexec', 513: 'rlogin', 514: 'rsh', 515: 'LPD',
  548: 'AFP', 554: 'RTSP', 587: 'submission', 593: 'RPC HTTP', 623: 'IPMI', 631: 'IPP', 636: 'LDAPS', 646: 'LDP',
  873: 'rsync', 902: 'VMware', 990: 'FTPS', 993: 'IMAPS', 995: 'POP3S', 1025: 'MS RPC', 1080: 'SOCKS', 1099: 'Java RMI',
  1433: 'MS SQL', 1521: 'Oracle', 1720: 'H.323', 1723: 'PPTP', 1883: 'MQTT', 1911: 'Niagara Fox', 2000: 'Cisco SCCP',
  2082: 'cPanel', 2083: 'cPanel', 2181: 'ZooKeeper', 2222: 'SSH alt', 2323: 'Telnet alt', 2375: 'Docker',
  2376: 'Docker TLS', 2379: 'etcd', 2404: 'IEC 104', 3000: 'Grafana', 3128: 'Squid', 3260: 'iSCSI', 3268: 'LDAP GC',
  3306: 'MySQL', 3389: 'RDP', 3690: 'SVN', 4028: 'miner API', 4444: 'Metasploit', 4786: 'Smart Install', 4840: 'OPC UA',
  4848: 'GlassFish', 5000: 'UPnP', 5037: 'ADB', 5038: 'Asterisk', 5222: 'XMPP', 5357: 'WSD', 5432: 'PostgreSQL',
  5555: 'ADB', 5601: 'Kibana', 5672: 'AMQP', 5683: 'CoAP', 5900: 'VNC', 5901: 'VNC', 5984: 'CouchDB', 5985: 'WinRM',
  5986: 'WinRM TLS', 6000: 'X11', 6379: 'Redis', 6443: 'Kubernetes', 6667: 'IRC', 7001: 'WebLogic', 7070: 'AnyDesk',
  7547: 'TR-069', 7680: 'WUDO', 8000: 'HTTP alt', 8008: 'HTTP alt', 8009: 'AJP', 8080: 'HTTP proxy', 8081: 'HTTP alt',
  8088: 'YARN', 8089: 'Splunk', 8123: 'Home Assistant', 8291: 'MikroTik', 8443: 'HTTPS alt', 8500: 'Consul',
  8728: 'MikroTik API', 8883: 'MQTT TLS', 8888: 'HTTP alt', 9000: 'HTTP alt', 9042: 'Cassandra', 9090: 'Prometheus',
  9092: 'Kafka', 9100: 'printer', 9200: 'Elasticsearch', 9300: 'Elasticsearch', 9999: 'HTTP alt', 10000: 'Webmin',
  10250: 'kubelet', 11211: 'memcached', 15672: 'RabbitMQ', 20000: 'DNP3', 27017: 'MongoDB', 37215: 'Huawei HG532',
  44818: 'EtherNet/IP', 47808: 'BACnet', 50000: 'SAP', 52869: 'Realtek UPnP', 61616: 'ActiveMQ',
};

const UDP: Record<number, string> = {
  17: 'QOTD', 67: 'DHCP', 68: 'DHCP', 69: 'TFTP', 123: 'NTP', 137: 'NetBIOS', 138: 'NetBIOS', 161: 'SNMP',
  162: 'SNMP trap', 177: 'XDMCP', 427: 'SLP', 443: 'QUIC', 514: 'syslog', 520: 'RIP', 623: 'IPMI', 1194: 'OpenVPN',
  1434: 'MS SQL', 1645: 'RADIUS', 1701: 'L2TP', 1812: 'RADIUS', 1900: 'SSDP', 3283: 'Apple ARD', 3391: 'RD Gateway',
  3702: 'WS-Discovery', 4500: 'IPsec', 5093: 'Sentinel', 5351: 'NAT-PMP', 5353: 'mDNS', 5355: 'LLMNR', 5683: 'CoAP',
  6881: 'BitTorrent', 10001: 'Ubiquiti', 11211: 'memcached', 17185: 'VxWorks', 27015: 'Steam', 47808: 'BACnet',
  51820: 'WireGuard',
};

const ICMP: Record<number, string> = {
  0: 'echo reply', 8: 'echo', 13: 'timestamp', 15: 'information', 17: 'address mask', 128: 'echo',
  135: 'neighbour solicitation',
};

const IP: Record<number, string> = {
  1: 'ICMP', 2: 'IGMP', 4: 'IP in IP', 6: 'TCP', 17: 'UDP', 41: 'IPv6', 47: 'GRE', 50: 'ESP', 51: 'AH', 58: 'ICMPv6',
  88: 'EIGRP', 89: 'OSPF', 103: 'PIM', 112: 'VRRP', 115: 'L2TP', 132: 'SCTP',
};

/**
 * The everyday name behind a port (TCP, UDP, SCTP), an ICMP type or an IP protocol number; empty where there is none.
 */
export function serviceName(number: number, protocol: string): string {
  if (protocol === 'icmp' || protocol === 'nd') return ICMP[number] ?? '';
  if (protocol === 'ip') return IP[number] ?? '';
  if (protocol === 'udp') return UDP[number] ?? BOTH[number] ?? '';
  // A source's services come from many scans, so their protocol is unknown: TCP's names are the likelier ones.
  return TCP[number] ?? BOTH[number] ?? (protocol === '' ? (UDP[number] ?? '') : '');
}
