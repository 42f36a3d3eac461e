package awstest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// member is a resource in XML as a listing has it.
type member struct {
	list string // the result's list that holds it
	kind string // as the Filter parameter names it
	// key orders the listing and stands for the member in a marker, so that
	// deleting another between two pages skips nothing.
	key string
	xml []byte
}

// shuffle makes a key that keeps members in an order that a caller cannot lean
// on, and which is always the same.
func shuffle(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("%08x %s", h.Sum32(), name)
}

func sortMembers(list []member) {
	slices.SortFunc(list, func(a, b member) int { return cmp.Compare(a.key, b.key) })
}

// page answers the part of a sorted listing that MaxItems and Marker ask for,
// as the named lists of a result.
func (a *AWS) page(c *call, list []member, lists ...string) (any, *failure) {
	size, fail := a.pageSize(c)
	if fail != nil {
		return nil, fail
	}
	last := ""
	if marker := c.form.Get("Marker"); marker != "" {
		key, err := base64.URLEncoding.DecodeString(marker)
		if err != nil {
			return nil, &failure{status: http.StatusBadRequest, code: "ValidationError", message: "Invalid Marker."}
		}
		last = string(key)
		list = list[after(list, last):]
	}
	more := len(list) > size
	list = list[:min(size, len(list))]
	if len(list) > 0 {
		last = list[len(list)-1].key
	}
	return append(group(list, lists), truncation(more, last)), nil
}

// after is the index of the first member behind a key.
func after(list []member, key string) int {
	i, found := slices.BinarySearchFunc(list, key, func(m member, key string) int { return cmp.Compare(m.key, key) })
	if found {
		i++
	}
	return i
}

func group(list []member, lists []string) fragments {
	var out fragments
	for _, name := range lists {
		out = append(out, []byte("<"+name+">"))
		for _, m := range list {
			if m.list == name {
				out = append(out, m.xml)
			}
		}
		out = append(out, []byte("</"+name+">"))
	}
	return out
}

func truncation(more bool, last string) []byte {
	if !more {
		return []byte("<IsTruncated>false</IsTruncated>")
	}
	// The space keeps the marker of an empty first page from being none.
	marker := base64.URLEncoding.EncodeToString([]byte(cmp.Or(last, " ")))
	return []byte("<IsTruncated>true</IsTruncated><Marker>" + marker + "</Marker>")
}

// pageSize is how many members a page holds: MaxItems or 100, or fewer.
func (a *AWS) pageSize(c *call) (int, *failure) {
	size := 100
	if asked := c.form.Get("MaxItems"); asked != "" {
		var err error
		if size, err = strconv.Atoi(asked); err != nil || size < 1 || size > 1000 {
			return 0, &failure{status: http.StatusBadRequest, code: "ValidationError",
				message: "1 validation error detected: Value '" + asked + "' at 'maxItems' failed to satisfy constraint: Member must have value between 1 and 1000"}
		}
	}
	return a.fewer(size), nil
}

// fewer is how many of at most so many members a page holds, see [SmallPages].
func (a *AWS) fewer(size int) int {
	if a.settings.pageSize == 0 {
		return size
	}
	a.pages++
	return min(size, a.pages%(a.settings.pageSize+1))
}

// listed reads a list parameter of the query protocol: Name.member.1, …
func listed(form url.Values, name string) []string {
	var values []string
	for i := 1; form.Has(name + ".member." + strconv.Itoa(i)); i++ {
		values = append(values, strings.TrimSpace(form.Get(name+".member."+strconv.Itoa(i))))
	}
	return values
}
