package launch

import (
	"context"
	"crypto/tls"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/taxonhq/taxon/sdk/protocol"
)

// go-plugin's helper services, of which each plugin serves these two. Their messages are internal to it, so
// they travel as empty ones with unknown fields.
const (
	shutdownMethod = "/plugin.GRPCController/Shutdown"
	stdioMethod    = "/plugin.GRPCStdio/StreamStdio"
)

const window = 4 << 20 // HTTP/2 flow control: more than the batches that may be unanswered

// connect opens the connection and waits until it stands, so that a plugin that only pretends to serve is
// found here. The connection is our own rather than go-plugin's: that one accepts messages of 2 GiB, starts a
// broker and stops without a deadline.
func (c *child) connect(ctx context.Context, config *tls.Config) (*Process, error) {
	dial := func(ctx context.Context, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", c.socket)
	}
	conn, err := grpc.NewClient("passthrough:///plugin",
		grpc.WithContextDialer(dial),
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(protocol.MaxMessage), grpc.MaxCallSendMsgSize(protocol.MaxMessage)),
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(2*window),
		grpc.WithReadBufferSize(protocol.BufferBytes), grpc.WithWriteBufferSize(protocol.BufferBytes),
		grpc.WithIdleTimeout(0), grpc.WithNoProxy(), grpc.WithDisableServiceConfig(),
	)
	if err != nil {
		return nil, fault(c.spec.ID, "no connection can be made", "", err)
	}
	conn.Connect()
	for state := conn.GetState(); state != connectivity.Ready; state = conn.GetState() {
		if state == connectivity.TransientFailure || !conn.WaitForStateChange(ctx, state) {
			conn.Close()
			return nil, fault(c.spec.ID, "it does not answer at the address that it named",
				"check that it serves gRPC with mutual TLS, as the SDK does; else report this to the plugin's author", ctx.Err())
		}
	}
	p := &Process{child: c, conn: conn}
	go p.drain()
	return p, nil
}

// drain reads what the plugin prints after the handshake, which go-plugin turns into a stream, and logs it
// like its standard error. Unread, it would block the plugin. It ends with the connection.
func (p *Process) drain() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, stdioMethod)
	if err != nil || stream.SendMsg(&emptypb.Empty{}) != nil || stream.CloseSend() != nil {
		return // a plugin in another language may not have it
	}
	for {
		var message emptypb.Empty
		if stream.RecvMsg(&message) != nil {
			return
		}
		p.child.lines.write(stdioData(message.ProtoReflect().GetUnknown()))
	}
}

// stdioData is field 2, the text, of go-plugin's StdioData.
func stdioData(raw []byte) []byte {
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return nil
		}
		raw = raw[n:]
		if number == 2 && kind == protowire.BytesType {
			data, _ := protowire.ConsumeBytes(raw)
			return data
		}
		if n = protowire.ConsumeFieldValue(number, kind, raw); n < 0 {
			return nil
		}
		raw = raw[n:]
	}
	return nil
}

// shutdown asks the plugin to end. An answer means nothing: that the process is gone does.
func (p *Process) shutdown(ctx context.Context) {
	_ = p.conn.Invoke(ctx, shutdownMethod, &emptypb.Empty{}, &emptypb.Empty{})
}
