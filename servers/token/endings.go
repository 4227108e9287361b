package token

import (
	"context"
	"errors"

	"authlab/servers/user"
)

// end ends a login: first its issued tokens, then what could renew it. A caller that gets 503 in between may ask again.
// The login is then ended for as long as any replica's tokens last, whatever its --access-ttl.
func (a *Authenticator) end(ctx context.Context, id string) error {
	if !a.revoked.lists() {
		return a.abandon(ctx, id)
	}
	reach, err := a.families.reach(ctx, id)
	if told := a.revoked.end(ctx, login{id, reach}); told != nil || err != nil {
		return unavailable(errors.Join(told, err))
	}
	last, err := a.families.end(ctx, id)
	if err != nil || !last.After(reach) {
		return unavailable(err)
	}
	return a.revoked.end(ctx, login{id, last}) // it was renewed in between
}

// abandon ends what could renew a login that has no issued token to revoke.
func (a *Authenticator) abandon(ctx context.Context, id string) error {
	_, err := a.families.end(ctx, id)
	return unavailable(err)
}

// EndUser implements api.Authenticator: it stops renewals, and then revokes the issued tokens. In this order no family
// slips through, and asking again after a 503 revokes the rest.
func (a *Authenticator) EndUser(ctx context.Context, userID, keep string) error {
	if err := a.families.endUser(ctx, userID, keep); err != nil {
		return unavailable(err)
	}
	if !a.revoked.lists() {
		return nil
	}
	out, err := a.families.ofUser(ctx, userID, keep)
	if err != nil {
		return unavailable(err)
	}
	return a.revoked.end(ctx, out...)
}

// SetRole implements api.Authenticator. The next refresh reads the role; the revocations apply it to issued tokens. The
// account is read again: of two changes at once, the later one holds.
func (a *Authenticator) SetRole(ctx context.Context, userID string, _ user.Role) error {
	if !a.revoked.lists() {
		return nil
	}
	u, err := a.accounts.ByID(ctx, userID)
	if err != nil {
		return unavailable(err)
	}
	reach, err := a.families.furthest(ctx, userID)
	if err != nil {
		return unavailable(err)
	}
	return a.revoked.setRole(ctx, u, reach)
}

// EndDevice implements api.DeviceLister.
func (a *Authenticator) EndDevice(ctx context.Context, userID, device string) error {
	if err := a.families.live(ctx, userID, device); err != nil {
		return unavailable(err)
	}
	return a.end(ctx, device)
}
