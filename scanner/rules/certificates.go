package rules

import (
	"strconv"
	"time"

	"iamvigil/scanner"
	"iamvigil/scanner/account"
)

var certificates = []scanner.Rule{
	{
		About: scanner.About{
			ID: "server-cert-expired", Title: "A server certificate in IAM has expired, or soon will", Severity: scanner.Medium,
			Controls: cis("1.19", "1.19", "1.18", "FSBP IAM.26", "AWS Config iam-server-certificate-expiration-check"),
			Why:      "Browsers and programs refuse a load balancer or distribution that still has the expired certificate, or are taught not to look. Nothing renews what is kept in IAM. Low while it has not expired yet. Certificates in Certificate Manager are not looked at.",
			Fix:      "Have the service use a certificate of Certificate Manager, which renews its own, and then delete this one (iam delete-server-certificate): its private key is gone with it, and a load balancer that still has it may fail.",
			Limit:    beforeExpiry,
			Cures:    []string{"DeleteServerCertificate"},
		},
		Reads: []account.Fact{account.ServerCertificates},
		Check: scanner.ServerCertificates(serverCertExpired),
	},
}

// beforeExpiry is how many days before something expires it is told.
var beforeExpiry = scanner.Limit{Value: 30, Unit: "days", Min: 1, Max: 365}

// expiring says that something has expired, or within the rule's limit soon will,
// for which the verb is given; empty: neither.
func expiring(p *scanner.Pass, verb string, end time.Time) (said string, past bool) {
	switch {
	case !p.Now.Before(end):
		return "expired " + age(p, end) + " ago", true
	case daysLeft(p, end) <= p.Limit():
		return verb + " " + ahead(p, end) + ", the limit is " + strconv.Itoa(p.Limit()), false
	}
	return "", false
}

func serverCertExpired(p *scanner.Pass, c *account.ServerCertificate) {
	if c.Expires.IsZero() {
		p.Gap(account.ServerCertificates, account.Seen{Missing: "nothing tells when the certificate expires"})
		return
	}
	said, past := expiring(p, "expires", c.Expires)
	if said == "" {
		return
	}
	severity := p.Rule.Severity
	if !past {
		severity = scanner.Low
	}
	p.FailAs(severity, "", map[string]string{"expires": when(c.Expires), "uploaded": when(c.Uploaded), "limit": strconv.Itoa(p.Limit())},
		"server certificate %q %s", c.Name, said).
		Mend(iam("get-server-certificate", "--server-certificate-name", c.Name))
}
