# Calls of window functions, as SQL has them along a window w that is ordered by a column of times.
package Reference::Window;

use strict;
use warnings;

use Reference::Expression qw(as_float %used);

my @calls = qw(lag lead difference derivative moving_avg ema running_sum running_avg running_min running_max running_count
	runsum runavg runmin runmax runcount fill_forward row_number);

# expressions: of a row; partition: what is one line of rows; time: of what they are in the order.
sub call
{
	my ($r, $given, $partition, $time) = @_;
	my $expressions = $given->exact;
	my $name = $r->pick(@calls);
	my $make = sub {
		my ($ql, $sql, $kind, $approx) = @_;

		return { ql => $ql, sql => $sql, kind => $kind, rank => 8, approx => $approx // 0, name => $name };
	};
	my $argument = sub {
		my $kind = $r->pick(@_);

		return ($r->chance(70) ? $expressions->pick_name($kind) : undef) // $expressions->of($kind, 1);
	};
	my $any = sub { $argument->(qw(int float text bool time)) };
	my $number = sub { $argument->(qw(int float float)) };
	my $over = "OVER (PARTITION BY $partition ORDER BY $time)";

	$used{$name}++;
	if ($name =~ /^(lag|lead)$/)
	{
		my ($e, $n) = ($any->(), $r->pick(undef, 0, 1, 2, 7, 500));

		return $make->("$name($e->{ql}" . (defined $n ? ", $n" : '') . ')', "$name($e->{sql}, " . ($n // 1) . ") $over", $e->{kind}, $e->{approx});
	}
	return $make->('row_number()', "row_number() $over", 'int') if $name eq 'row_number';
	if ($name eq 'difference')
	{
		my $e = $argument->(qw(int float float time));
		my $before = "lag($e->{sql}) $over";

		return $make->("difference($e->{ql})", $e->{kind} eq 'time' ? "ref.ref_span($e->{sql}, $before)" : "$e->{sql} - $before",
			$e->{kind} eq 'time' ? 'span' : $e->{kind}, $e->{approx});
	}
	if ($name eq 'derivative')
	{
		my $e = as_float($number->());
		my ($word, $unit) = @{ $r->pick([ '', 1 ], [ ', 1m', 60 ], [ ', 1h', 3600 ], [ ', 100ms', 0.1 ]) };

		return $make->("derivative($e->{ql}$word)",
			"($e->{sql} - lag($e->{sql}) $over) / (extract(epoch FROM $time - lag($time) $over)::float8 / $unit)", 'float', 1e-9);
	}
	if ($name eq 'moving_avg')
	{
		my $e = as_float($number->());

		if ($r->chance(50))
		{
			my $n = $r->pick(1, 2, 5, 100);

			return $make->("moving_avg($e->{ql}, $n)", "ref.ref_last_avg(array_agg($e->{sql}) FILTER (WHERE $e->{sql} IS NOT NULL) $over, $n)", 'float', 1e-9);
		}
		my ($word, $range) = @{ $r->pick([ '30s', '30 s' ], [ '10m', '10 min' ], [ '2h', '2 h' ], [ '1us', '1 us' ], [ '40d', '40 d' ]) };

		return $make->("moving_avg($e->{ql}, $word)", "avg($e->{sql}) OVER (PARTITION BY $partition ORDER BY $time RANGE BETWEEN "
			  . "interval '$range' - interval '1 us' PRECEDING AND CURRENT ROW)", 'float', 1e-9);
	}
	if ($name eq 'ema')
	{
		my $e = as_float($number->());
		my ($word, $step) = @{ $r->pick([ '1m', 60 ], [ '10s', 10 ], [ '1h', 3600 ]) };
		my $alpha = $r->pick('0.25', '0.9', '1.0', '0.01');

		return $make->("ema($e->{ql}, $word, $alpha)", "(ref.ref_ema($e->{sql}, $time, $step, $alpha) $over)[1]", 'float', 1e-7);
	}
	my $e = $name eq 'fill_forward' ? $any->() : $name =~ /(count)$/ ? $any->() : $name =~ /m(in|ax)$/ ? $argument->(qw(int float time)) : $number->();
	my $kind = $e->{kind};

	if ($name eq 'fill_forward')
	{
		return $make->("fill_forward($e->{ql})", "(array_agg($e->{sql}) FILTER (WHERE ($e->{sql}) IS NOT NULL) $over)[count($e->{sql}) $over]", $kind, $e->{approx});
	}
	my ($what) = $name =~ /(sum|avg|min|max|count)$/;
	my $sql = $what eq 'avg' ? "avg(($e->{sql})::float8) $over" : $what eq 'sum' && $kind eq 'int' ? "(sum($e->{sql}) $over)::int8" : "$what($e->{sql}) $over";

	return $make->("$name($e->{ql})", $sql, $what eq 'count' ? 'int' : $what eq 'avg' ? 'float' : $kind, $what =~ /avg|sum/ && !($what eq 'sum' && $kind eq 'int') ? 1e-9 : 0);
}

1;
