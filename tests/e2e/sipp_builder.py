"""Assembles SIPp scenarios out of steps: a behaviour is a few lines instead of a file of XML. Every step gives the side back,
so that steps make a chain. What the other side must have sent is a regular expression in `has`, what it must not in `lacks`."""

import itertools
from xml.sax.saxutils import quoteattr

RELIABLE = ("Supported: 100rel",)
ALLOW = ("Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, REFER, NOTIFY",)
PHRASES = {180: "Ringing", 183: "Session Progress", 199: "Early Dialog Terminated", 200: "OK", 202: "Accepted",
           302: "Moved Temporarily", 486: "Busy Here", 487: "Request Terminated", 491: "Request Pending"}
MEDIA_ADDRESS = '<exec command="echo [$media_ip] [$media_port_seen] > media_address.new; ' \
                'mv media_address.new media_address" />'


def sdp(version=1, direction="sendrecv", payloads=(0, 101), media="audio"):
    names = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 18: "G729/8000", 101: "telephone-event/8000"}
    lines = ["v=0", f"o=- 1 {version} IN IP[local_ip_type] [local_ip]", "s=-", "c=IN IP[local_ip_type] [local_ip]", "t=0 0"]
    if media == "audio":
        lines += [f"m=audio [audio_port] RTP/AVP {' '.join(map(str, payloads))}",
                  *(f"a=rtpmap:{payload} {names[payload]}" for payload in payloads), "a=ptime:20", f"a={direction}"]
    else:
        lines += [f"m={media} [audio_port] RTP/SAVPF 99", "a=rtpmap:99 H264/90000"]
    return "\n".join(lines)


class Side:
    """Steps of one peer. `says` answers what came last, `request` asks within the dialog."""

    def __init__(self, name="callee"):
        self.name, self.cseq, self._steps, self._variables, self._checks = name, 0, [], set(), itertools.count(1)
        self._branches = itertools.count(1)

    # -- bricks --------------------------------------------------------------------------------------------------

    def _send(self, lines, body, retransmitted):
        lines = [line for line in lines if line]
        if not any(line.lower().startswith("content-length") for line in lines):
            lines.append("Content-Length: [len]" if body else "Content-Length: 0")
        text = "\n".join("      " + line for line in [*lines, "", *(body.splitlines() if body else ())])
        attribute = ' retrans="500"' if retransmitted else ""
        self._steps.append(f"  <send{attribute}>\n    <![CDATA[\n{text}\n\n    ]]>\n  </send>")
        return self

    def _take(self, attributes, has, lacks, save, media):
        actions = []
        if media:
            actions += [self._ereg("c=IN IP[46] ([0-9a-fA-F.:]+)", "body", "whole,media_ip", "check_it"),
                        self._ereg("m=audio ([0-9]+)", "body", "whole,media_port_seen", "check_it"), MEDIA_ADDRESS]
        for expression in [has] if isinstance(has, str) else has:
            actions.append(self._ereg(expression, "msg", f"seen{next(self._checks)}", "check_it"))
        for expression in [lacks] if isinstance(lacks, str) else lacks:
            actions.append(self._ereg(expression, "msg", f"seen{next(self._checks)}", "check_it_inverse"))
        for name, (header, expression) in (save or {}).items():
            self._variables.add(name)
            actions.append(f'<ereg regexp={quoteattr(expression)} search_in="hdr" header="{header}:" assign_to="{name}" />')
        inner = "".join(f"\n      {action}" for action in actions)
        self._steps.append(f"  <recv {attributes}>\n    <action>{inner}\n    </action>\n  </recv>" if actions
                           else f"  <recv {attributes} />")
        return self

    def _ereg(self, expression, where, names, check):
        self._variables.update(names.split(","))
        return f'<ereg regexp={quoteattr(expression)} search_in="{where}" {check}="true" assign_to="{names}" />'

    def _branch(self):
        return f"z9hG4bK-{self.name}-[pid]-[call_number]-{next(self._branches)}"

    def _via(self, branch):
        return f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}"

    # -- steps that both have ------------------------------------------------------------------------------------

    def pause(self, milliseconds=200):
        self._steps.append(f'  <pause milliseconds="{milliseconds}" />')
        return self

    def gets(self, status, has=(), lacks=(), save=None, optional=False, media=False, routes=False):
        """A response."""
        attributes = f'response="{status}"' + (' optional="true"' if optional else "") + (' rrs="true"' if routes else "")
        return self._take(attributes, has, lacks, save, media)

    def takes(self, method, has=(), lacks=(), save=None, media=False, optional=False):
        """A request."""
        return self._take(f'request="{method}" crlf="true"' + (' optional="true"' if optional else ""), has, lacks, save,
                          media)

    def says(self, status=200, body="", headers=(), retransmitted=False):
        """An answer to the request that came last."""
        kind = "Content-Type: application/sdp" if body else ""
        return self._send([f"SIP/2.0 {status} {PHRASES.get(status, 'Said')}", "[last_Via:]", "[last_From:]", "[last_To:]",
                           "[last_Call-ID:]", "[last_CSeq:]", "[last_Record-Route:]", self.contact, *headers, kind], body,
                          retransmitted)

    def request(self, method, body="", headers=(), kind="application/sdp", cseq=None, retransmitted=True, parties=None,
                branch=None):
        if cseq is None and method not in ("ACK", "CANCEL"):
            self.cseq += 1
        own, peer = parties or self.parties
        return self._send([f"{method} [next_url] SIP/2.0", self._via(branch or self._branch()), f"From:{own}", f"To:{peer}",
                           "Call-ID: [call_id]", f"CSeq: {self.cseq if cseq is None else cseq} {method}", "Max-Forwards: 70",
                           "[routes]", self.contact, *headers, f"Content-Type: {kind}" if body else ""], body,
                          retransmitted and method != "ACK")

    def ask(self, method, status=200, has=(), lacks=(), **named):
        """A request within the dialog and its answer."""
        return self.request(method, **named).gets(100, optional=True).gets(status, has, lacks)

    def reinvites(self, status=200, body=None, has=(), lacks=(), headers=(), ack_body="", save=None):
        self.request("INVITE", body=sdp(2) if body is None else body, headers=headers)
        self.gets(100, optional=True).gets(status, has, lacks, save=save)
        # The ACK to a refusal belongs to the INVITE's transaction.
        return self.request("ACK", body=ack_body, cseq=self.cseq, branch=self._last() if status >= 300 else None)

    def _last(self):
        previous = next(step for step in reversed(self._steps) if "INVITE [next_url]" in step)
        return previous.split(";branch=")[1].split("\n")[0]

    def is_reinvited(self, has=(), lacks=(), body=None, status=200):
        """Answers an offer within the call."""
        self.takes("INVITE", has, lacks)
        if status >= 300:
            return self.says(status, retransmitted=True).takes("ACK")
        return self.says(200, sdp(5) if body is None else body, retransmitted=True).takes("ACK")

    def hangs_up(self, status=200, headers=()):
        return self.request("BYE", headers=headers).gets(status)

    def is_hung_up(self, has=()):
        return self.takes("BYE", has).says(200)

    def xml(self):
        references = f'  <Reference variables="{",".join(sorted(self._variables))}" />\n' if self._variables else ""
        return '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n' \
               f'<scenario name="{self.name}">\n' + "\n".join(self._steps) + f"\n{references}</scenario>\n"


class Caller(Side):
    contact = "Contact: <sip:[ani]@[local_ip]:[local_port];transport=[transport]>"
    parties = (" <sip:[ani]@[local_ip]:[local_port]>;tag=[pid]c[call_number]",
               " <sip:[dni]@[remote_ip]:[remote_port]>[peer_tag_param]")

    def __init__(self, name="caller"):
        super().__init__(name)
        self.uri, self.invite_branch = "sip:[dni]@[remote_ip]:[remote_port]", ""

    def _initial(self, method, branch, headers=(), body="", peer_tag="", retransmitted=True, from_=None, to=None,
                 max_forwards=70, kind="application/sdp"):
        return self._send([f"{method} {self.uri} SIP/2.0", self._via(branch), f"From:{from_ or self.parties[0]}",
                           f"To: {to or '<sip:[dni]@[remote_ip]:[remote_port]>'}{peer_tag}", "Call-ID: [call_id]",
                           f"CSeq: 1 {method}", f"Max-Forwards: {max_forwards}", *headers,
                           f"Content-Type: {kind}" if body else ""], body, retransmitted)

    def invites(self, body=None, headers=(), uri=None, again=False, **named):
        """`again`: the same request a second time, as when the first was lost."""
        self.cseq, self.uri = 1, uri or self.uri
        self.invite_branch = self.invite_branch or self._branch()
        self._own = {name: value for name, value in named.items() if name in ("from_", "to")}
        for last in ([False, True] if again else [True]):
            self._initial("INVITE", self.invite_branch, (self.contact, *headers), sdp() if body is None else body,
                          retransmitted=last, **named)
            if not last:
                self.gets(100)
        return self

    def says_alone(self, method, *headers):
        """A request outside of any dialog."""
        self.cseq = 1
        return self._initial(method, self._branch(), (self.contact, *headers))

    def hears_progress(self):
        return self.gets(100, optional=True).gets(180, optional=True).gets(183, optional=True)

    def is_answered(self, has=(), lacks=(), media=False, ack_body=""):
        self.gets(200, has, lacks, media=media, routes=True)
        return self.request("ACK", body=ack_body, cseq=1)

    def is_refused(self, status, has=(), lacks=()):
        self.gets(status, has, lacks)
        return self._initial("ACK", self.invite_branch, peer_tag="[peer_tag_param]", retransmitted=False, **self._own)

    def cancels(self):
        return self._initial("CANCEL", self.invite_branch, **self._own)

    def cancels_nothing(self):
        return self._initial("CANCEL", self._branch())

    def pracks(self, status=183, has=(), lacks=(), body="", after_ms=0):
        """PRACK for the reliable response that comes now."""
        self.gets(100, optional=True).gets(status, has, lacks, {"rseq": ("RSeq", "[0-9]+")}, routes=True)
        if after_ms:
            self.pause(after_ms)
        return self.request("PRACK", body, ("RAck: [$rseq] 1 INVITE",)).gets(200)


class Callee(Side):
    contact = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>"
    parties = ("[$callee];tag=[pid]s[call_number]", "[$caller]")

    def is_invited(self, has=(), lacks=(), media=False):
        """The INVITE's own headers are kept: it is answered after other requests have come."""
        self._take('request="INVITE" crlf="true" rrs="true"', has, lacks,
                   {"via": ("Via", ".*"), "invite_cseq": ("CSeq", "[0-9]+"), "caller": ("From", ".*"), "callee": ("To", ".*")},
                   media)
        return self

    def _to_invite(self, status, body, headers, tag, retransmitted):
        return self._send([f"SIP/2.0 {status} {PHRASES.get(status, 'Said')}", "Via:[$via]", "From:[$caller]",
                           f"To:[$callee];tag={tag or '[pid]s[call_number]'}", "Call-ID: [call_id]",
                           "CSeq: [$invite_cseq] INVITE", self.contact, *headers,
                           "Content-Type: application/sdp" if body else ""], body, retransmitted)

    def rings(self, status=180, body="", headers=(), tag="", reliable=0):
        if reliable:
            headers = (*headers, "Require: 100rel", f"RSeq: {reliable}")
        return self._to_invite(status, body, headers, tag, bool(reliable))

    def answers(self, body=None, headers=(), tag="", confirmed=True):
        self._to_invite(200, sdp() if body is None else body, headers, tag, True)
        return self.takes("ACK") if confirmed else self

    def refuses(self, status, headers=()):
        return self._to_invite(status, "", headers, "", True).takes("ACK")

    def is_cancelled(self):
        self.takes("CANCEL").says(200)
        return self._to_invite(487, "", (), "", True).takes("ACK")
