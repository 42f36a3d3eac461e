package config

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"iamvigil/scanner"
)

// maxOwnerTags is how many tags may name an owner.
const maxOwnerTags = 10

func (r *reader) owners(n *yaml.Node) scanner.Terms {
	var t scanner.Terms
	if n == nil || isNull(n) {
		return t
	}
	has := r.fields(n, "owners", "tags", "account")
	if account := has["account"]; account != nil {
		t.AccountOwner = r.text(account, "the owner of the account", maxOwner)
	}
	if tags := has["tags"]; tags != nil {
		t.OwnerTags = r.ownerTags(tags)
	}
	return t
}

func (r *reader) ownerTags(n *yaml.Node) []string {
	entries := r.list(n, "the tags of owners", "[owner, team]")
	if len(entries) > maxOwnerTags {
		r.wrong(entries[maxOwnerTags], "more than %d tags of owners; delete some", maxOwnerTags)
		return nil
	}
	var keys []string
	for _, entry := range entries {
		key := r.text(entry, "a tag's key", maxTagKey)
		if key != "" && slices.Contains(keys, key) {
			r.wrong(entry, "tag %s is listed twice; delete one of them", quoted(key))
		}
		keys = append(keys, key)
	}
	return keys
}
