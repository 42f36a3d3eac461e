package scanner

import "iamvigil/scanner/account"

// SAMLProviders asks about every identity provider of SAML.
func SAMLProviders(check func(*Pass, *account.SAMLProvider)) Check {
	return func(e *evaluation) {
		e.needs(account.SAMLProviders)
		for i := range e.snapshot.SAMLProviders {
			one := &e.snapshot.SAMLProviders[i]
			e.ask(one.Ref(), nil, func(p *Pass) { check(p, one) })
		}
	}
}

// OIDCProviders asks about every identity provider of OpenID Connect.
func OIDCProviders(check func(*Pass, *account.OIDCProvider)) Check {
	return func(e *evaluation) {
		e.needs(account.OIDCProviders)
		for i := range e.snapshot.OIDCProviders {
			one := &e.snapshot.OIDCProviders[i]
			e.ask(one.Ref(), one.Seen, func(p *Pass) { check(p, one) })
		}
	}
}

// ServerCertificates asks about every TLS certificate kept in IAM.
func ServerCertificates(check func(*Pass, *account.ServerCertificate)) Check {
	return func(e *evaluation) {
		e.needs(account.ServerCertificates)
		for i := range e.snapshot.ServerCertificates {
			one := &e.snapshot.ServerCertificates[i]
			e.ask(one.Ref(), nil, func(p *Pass) { check(p, one) })
		}
	}
}

// Analyzers asks about every analyzer of IAM Access Analyzer that was listed. Those of
// other Regions are among them where another rule had them read: that some of these
// were not seen is for that rule to say.
func Analyzers(check func(*Pass, *account.Analyzer)) Check {
	return func(e *evaluation) {
		e.needs(account.Analyzers)
		for i := range e.snapshot.Analyzers {
			one := &e.snapshot.Analyzers[i]
			e.ask(one.Ref(), one.Seen, func(p *Pass) { check(p, one) })
		}
	}
}
