package api

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// Limits for the entries of one answer.
const (
	defaultPage = 100
	largestPage = 1000
)

// asked reads a query: the page after after, of at most limit entries.
func asked(c *gin.Context) (after string, limit int, err error) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil || len(query["limit"]) > 1 || len(query["after"]) > 1 {
		return "", 0, problem(http.StatusBadRequest, "the query must be after and limit, each at most once")
	}
	after, limit = query.Get("after"), defaultPage
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > largestPage {
			return "", 0, problem(http.StatusBadRequest, "limit must be a number between 1 and 1000")
		}
	}
	return after, limit, nil
}

// place is a device's position among a user's: it follows from its login, and stays when others end. A page begins
// after one.
type place struct {
	created int64 // µs since 1970
	id      string
}

func placeOf(d Device) place { return place{d.Created.UnixMicro(), d.ID} }

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.created, other.created), cmp.Compare(p.id, other.id))
}

func (p place) String() string { return strconv.FormatInt(p.created, 10) + "." + p.id }

// placeBehind reads the place after which a page begins. Without one, it begins with the first.
func placeBehind(text string) (p place, err error) {
	if text == "" {
		return p, nil
	}
	created, id, found := strings.Cut(text, ".")
	p.id = id
	if p.created, err = strconv.ParseInt(created, 10, 64); err != nil || !found {
		return p, problem(http.StatusBadRequest, "after must be the next of an earlier answer")
	}
	return p, nil
}

// page sorts devices, the oldest login first, and returns those of one page; next starts the following page, and is
// empty on the last.
func page(devices []Device, after place, limit int) (shown []Device, next string) {
	slices.SortFunc(devices, func(x, y Device) int { return placeOf(x).compare(placeOf(y)) })
	from, found := slices.BinarySearchFunc(devices, after, func(d Device, p place) int { return placeOf(d).compare(p) })
	if found {
		from++
	}
	shown = devices[from:]
	if len(shown) > limit {
		shown = shown[:limit]
		next = placeOf(shown[limit-1]).String()
	}
	return shown, next
}
