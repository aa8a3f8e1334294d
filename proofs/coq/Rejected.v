(** * What the checker must reject

    One certificate that is accepted, and variations of it, each with one thing changed: false or
    unproved, and rejected. *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Formula Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition certificate_from alpha beta2 size variance2 clip_bound bits bound loss_bound trap later :=
  {| variance1 := 100 # 1;
     variance2 := variance2;
     learning_rate := 1 # 80;
     clip_bound := clip_bound;
     start_alpha := alpha;
     start_beta1 := 1 # 10;
     start_beta2 := beta2;
     precision := bits;
     check_precision := 40;
     formula_precision := 124;
     phases := [{| steps := 50; sharpness_bound := bound; loss_bound := Some loss_bound;
                  size_bounds := size |}];
     violations := [];
     statements := [];
     end_trap := trap;
     laters := [later] |}.

Definition certificate_with := certificate_from (1 # 2) (1 # 1) None.

(** The constants of the one that is accepted. *)
Definition constants := Final_trap (49 # 100) (863 # 1000) (9999 # 10000).
Definition sharp := Sharpness_at_most_edge_plus (-1 # 1) 0.

Ltac computes b := vm_cast_no_check (eq_refl b).

Example accepted_one :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100) constants sharp) = true.
Proof. computes true. Qed.

(** The mirror image is as good; a point between the two is not in the region. *)
Example mirrored :
  accepted (certificate_from (-1 # 2) (-1 # 1) None (1 # 100) None 126 (32 # 1) (13 # 100)
              constants sharp) = true.
Proof. computes true. Qed.

Example outside_the_region :
  accepted (certificate_from (1 # 2) (-1 # 1) None (1 # 100) None 126 (32 # 1) (13 # 100)
              constants sharp) = false.
Proof. computes false. Qed.

(** |beta2| is 1 at the start and grows to 1.0016. *)
Example size :
  accepted (certificate_from (1 # 2) (1 # 1) (Some (1 # 1, 1 # 9, 1002 # 1000)) (1 # 100) None 126
              (32 # 1) (13 # 100) constants sharp) = true.
Proof. computes true. Qed.

Example size_too_small :
  accepted (certificate_from (1 # 2) (1 # 1) (Some (1 # 1, 1 # 9, 1001 # 1000)) (1 # 100) None 126
              (32 # 1) (13 # 100) constants sharp) = false.
Proof. computes false. Qed.

(** The sharpness is 28.62 at the start. *)
Example low_sharpness_bound :
  accepted (certificate_with (1 # 100) None 126 (28 # 1) (13 # 100) constants sharp) = false.
Proof. computes false. Qed.

(** The loss is 0.12625 at the start. *)
Example low_loss_bound :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (126 # 1000) constants sharp) = false.
Proof. computes false. Qed.

(** eta S tends to 0.86. *)
Example low_bound_for_ever :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100) constants
              (Sharpness_at_most_edge_plus (-12 # 10) 0)) = false.
Proof. computes false. Qed.

Example loss_too_soon :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100) constants
              (Loss_at_most (1 # 1000000) 1000)) = false.
Proof. computes false. Qed.

(** alpha is below 0.492 when the trap closes. *)
Example alpha_low_too_large :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100)
              (Final_trap (50 # 100) (863 # 1000) (9999 # 10000)) sharp) = false.
Proof. computes false. Qed.

Example a_high_too_small :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100)
              (Final_trap (49 # 100) (85 # 100) (9999 # 10000)) sharp) = false.
Proof. computes false. Qed.

(** A delta-trap needs 1 < a < 2. *)
Example wrong_trap :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100)
              (Delta_trap (49 # 100) (2 # 1) (1 # 10) (1 # 10) (1 # 1000) (10 # 1)) sharp) = false.
Proof. computes false. Qed.

(** beta1 is 11/160 after the first step: a bound of 7/100 is kept, one of 11/160 cannot be told
    from a clip, and one of -1/10 is no bound. *)
Example clip_not_reached :
  accepted (certificate_with (1 # 100) (Some (7 # 100)) 126 (32 # 1) (13 # 100)
              constants sharp) = true.
Proof. computes true. Qed.

Example clip_undecided :
  accepted (certificate_with (1 # 100) (Some (11 # 160)) 126 (32 # 1) (13 # 100)
              constants sharp) = false.
Proof. computes false. Qed.

Example clip_negative :
  accepted (certificate_with (1 # 100) (Some (-1 # 10)) 126 (32 # 1) (13 # 100)
              constants sharp) = false.
Proof. computes false. Qed.

Example no_second_variance :
  accepted (certificate_with (0 # 1) None 126 (32 # 1) (13 # 100) constants sharp) = false.
Proof. computes false. Qed.

(** Less precision than the checks. *)
Example little_precision :
  accepted (certificate_with (1 # 100) None 39 (32 # 1) (13 # 100) constants sharp) = false.
Proof. computes false. Qed.

(** From alpha = 100 gradient descent diverges, and its integers would grow without limit; the
    bound on the sharpness stops it, however large it is. *)
Example divergent :
  accepted (certificate_from (100 # 1) (1 # 1) None (1 # 100) None 126 (1000000000 # 1) (1000000000000 # 1)
              constants sharp) = false.
Proof. computes false. Qed.

(** ** beta1 = 0

    From (63/100, 0, 29/20) at eta = 1/20 nothing ever oscillates, and the run ends at
    eta S = 2.307: this is what becomes of a run in which beta1 underflows. The delta-trap holds
    at once and bounds the sharpness, but the sharpness does not fall to the edge. *)

Definition underflow eta beta1 later :=
  {| variance1 := 100 # 1;
     variance2 := 1 # 100;
     learning_rate := eta;
     clip_bound := None;
     start_alpha := 63 # 100;
     start_beta1 := beta1;
     start_beta2 := 29 # 20;
     precision := 126;
     check_precision := 60;
     formula_precision := 124;
     phases := [];
     violations := [];
     statements := [];
     end_trap := Delta_trap (1581 # 5000) (231 # 100) (183 # 2500) (6293 # 10000) (101 # 1000000)
                   (659 # 100);
     laters := [later] |}.

Example underflow_bounded :
  accepted (underflow (1 # 20) (0 # 1) (Sharpness_at_most_edge_plus (6 # 10) 0)) = true.
Proof. computes true. Qed.

Example underflow_not_below :
  accepted (underflow (1 # 20) (0 # 1) Eventually_below_every_bound) = false.
Proof. computes false. Qed.

(** However small beta1 is, if it is not 0 the sharpness falls to the edge in the end. *)
Example tiny_beta1 :
  accepted (underflow (1 # 20) (1 # 10 ^ 30) Eventually_below_every_bound) = true.
Proof. computes true. Qed.

(** With A_- <= 1/2 this rests on 1/(eta lambda1) being no rational square; at eta = 1/25 it is
    1/4, and a may be 1. *)
Example rational_square_bounded :
  accepted (underflow (1 # 25) (1 # 10 ^ 30) (Sharpness_at_most_edge_plus (6 # 10) 0)) = true.
Proof. computes true. Qed.

Example rational_square :
  accepted (underflow (1 # 25) (1 # 10 ^ 30) Eventually_below_every_bound) = false.
Proof. computes false. Qed.

(** ** No trap, and escape *)

Definition ends_in alpha clip_bound variance2 steps trap laters :=
  {| variance1 := 100 # 1;
     variance2 := variance2;
     learning_rate := 1 # 20;
     clip_bound := clip_bound;
     start_alpha := alpha;
     start_beta1 := 1 # 1;
     start_beta2 := 1 # 1;
     precision := 126;
     check_precision := 60;
     formula_precision := 124;
     phases := [{| steps := steps; sharpness_bound := 10000 # 1; loss_bound := None;
                  size_bounds := None |}];
     violations := [];
     statements := [];
     end_trap := trap;
     laters := laters |}.

Definition diverges := [Sharpness_above_edge_plus (2 # 1) 0; Diverges].

(** Without a trap nothing is claimed of later steps. *)
Example no_trap : accepted (ends_in (2 # 1) None (1 # 100) 1 No_trap []) = true.
Proof. computes true. Qed.

Example no_trap_later :
  accepted (ends_in (2 # 1) None (1 # 100) 1 No_trap [Loss_at_most (1000000 # 1) 0]) = false.
Proof. computes false. Qed.

(** From alpha = 1.01, beta1 = 1 at eta = 1/20 the hypotheses of Theorem E hold at once: a = 5.1, b = 5. *)
Example escapes : accepted (ends_in (101 # 100) None (1 # 100) 0 Escape diverges) = true.
Proof. computes true. Qed.

(** On the other side of alpha = 0, too, and one step later. *)
Example escapes_mirrored : accepted (ends_in (-101 # 100) None (1 # 100) 1 Escape diverges) = true.
Proof. computes true. Qed.

(** eta S > 2 + delta: a is 5.1 at the beginning, and at least 81 two steps later. *)
Example escape_sharp :
  accepted (ends_in (101 # 100) None (1 # 100) 0 Escape
              [Sharpness_above_edge_plus (29 # 10) 0; Sharpness_above_edge_plus (77 # 1) 2]) = true.
Proof. computes true. Qed.

Example escape_too_sharp :
  accepted (ends_in (101 # 100) None (1 # 100) 0 Escape [Sharpness_above_edge_plus (32 # 10) 0]) = false.
Proof. computes false. Qed.

(** What diverges does not stay below a bound. *)
Example escape_bounded :
  accepted (ends_in (101 # 100) None (1 # 100) 0 Escape [Loss_at_most (1000000 # 1) 0]) = false.
Proof. computes false. Qed.

(** |alpha| < 1; beta1 is clipped; e rho > 1/2. *)
Example escape_small :
  accepted (ends_in (99 # 100) None (1 # 100) 0 Escape diverges) = false.
Proof. computes false. Qed.

Example escape_clipped :
  accepted (ends_in (101 # 100) (Some (1 # 1)) (1 # 100) 0 Escape diverges) = false.
Proof. computes false. Qed.

Example escape_coupled : accepted (ends_in (101 # 100) None (50 # 1) 0 Escape diverges) = false.
Proof. computes false. Qed.

(** A run that ends in a trap does not diverge. *)
Example trapped_not_divergent :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100) constants Diverges) = false.
Proof. computes false. Qed.

Example trapped_not_escaping :
  accepted (certificate_with (1 # 100) None 126 (32 # 1) (13 # 100) Escape Diverges) = false.
Proof. computes false. Qed.

(** ** Violations

    From (1/2, 1/10, 1) at eta = 1/80 the sharpness is 28.62 at the start. *)

Definition violated violations :=
  {| variance1 := 100 # 1;
     variance2 := 1 # 100;
     learning_rate := 1 # 80;
     clip_bound := None;
     start_alpha := 1 # 2;
     start_beta1 := 1 # 10;
     start_beta2 := 1 # 1;
     precision := 126;
     check_precision := 40;
     formula_precision := 124;
     phases := [{| steps := 50; sharpness_bound := 32 # 1; loss_bound := None;
                  size_bounds := None |}];
     violations := violations;
     statements := [];
     end_trap := No_trap;
     laters := [] |}.

Definition exceeds t bound v := violated [Violation t bound v].

(** Nearly an eigenvector; the length and the sign do not matter. *)
Example violation_shown : accepted (exceeds 0 (28 # 1) (36 # 100, 93 # 100, 0)) = true.
Proof. computes true. Qed.

Example violation_scaled : accepted (exceeds 0 (28 # 1) (-36 # 1, -93 # 1, 0)) = true.
Proof. computes true. Qed.

Example violation_too_high : accepted (exceeds 0 (29 # 1) (36 # 100, 93 # 100, 0)) = false.
Proof. computes false. Qed.

(** Along the axis of beta1 the Hessian is 25. *)
Example wrong_witness : accepted (exceeds 0 (28 # 1) (0, 1, 0)) = false.
Proof. computes false. Qed.

Example weaker_witness : accepted (exceeds 0 (249 # 10) (0, 1, 0)) = true.
Proof. computes true. Qed.

Example no_witness : accepted (exceeds 0 (28 # 1) (0, 0, 0)) = false.
Proof. computes false. Qed.

(** Five steps later the sharpness is below 28, and the last step is the 49th. *)
Example violation_over : accepted (exceeds 5 (28 # 1) (36 # 100, 93 # 100, 0)) = false.
Proof. computes false. Qed.

Example last_step : accepted (exceeds 49 (24 # 1) (0, 1, 0)) = true.
Proof. computes true. Qed.

Example after_the_last_step : accepted (exceeds 50 (24 # 1) (0, 1, 0)) = false.
Proof. computes false. Qed.

(** One that is wrong spoils one that is right. *)
Example two_violations :
  accepted (violated [Violation 0 (28 # 1) (36 # 100, 93 # 100, 0); Violation 49 (24 # 1) (0, 1, 0)])
  = true.
Proof. computes true. Qed.

Example one_of_two :
  accepted (violated [Violation 0 (28 # 1) (36 # 100, 93 # 100, 0); Violation 49 (26 # 1) (0, 1, 0)])
  = false.
Proof. computes false. Qed.

(** ** Statements

    The same run of 50 steps. alpha falls from 1/2 to 0.4886 and rises to 0.4912, beta1 falls from 1/10
    to 2e-9, beta2 grows from 1; the sharpness falls from 28.62 to 23.89 and rises to 24.13. *)

Definition stating_with precision bits clip_bound start_beta1 statements :=
  {| variance1 := 100 # 1;
     variance2 := 1 # 100;
     learning_rate := 1 # 80;
     clip_bound := clip_bound;
     start_alpha := 1 # 2;
     start_beta1 := start_beta1;
     start_beta2 := 1 # 1;
     precision := precision;
     check_precision := 40;
     formula_precision := bits;
     phases := [{| steps := 20; sharpness_bound := 32 # 1; loss_bound := None;
                  size_bounds := None |};
                {| steps := 30; sharpness_bound := 32 # 1; loss_bound := None;
                  size_bounds := None |}];
     violations := [];
     statements := statements;
     end_trap := No_trap;
     laters := [] |}.

Definition stating := stating_with 126 124 None (1 # 10).

Definition always f := accepted (stating [Statement 0 50 f]).

Definition one : expression := Const (1 # 1).

(** beta1 (1 - eta lambda1 alpha^2), which is the next beta1. *)
Definition beta1_after : expression := Beta1 * (one - Const (5 # 4) * Alpha ^ 2).

Definition true_ones : list formula := [
  Alpha' < Const (51 # 100);
  Alpha > Const (48 # 100);
  Beta2' >= Beta2;
  (Beta2 > Const (999 # 1000))%formula;
  Beta1' < Beta1;
  Beta1' > Const (68 # 100) * Beta1;
  Abs (Beta1' - beta1_after) <= Const (1 # 10 ^ 12) * Beta1;
  Abs (Beta1' / beta1_after - one) <= Const (1 # 10 ^ 12);
  Sqrt (Alpha ^ 2) < Alpha + Const (1 # 10 ^ 30);
  Max Alpha Beta1 - Min Beta1 Beta2 > Const (38 # 100);
  Abs (Const (0 # 1) - Alpha) > Const (48 # 100);
  Sharpness_le (Const (2863 # 100));
  Sharpness_lt (Const (2863 # 100));
  ~ Sharpness_le (Const (23 # 1));
  ~ Sharpness_lt (Const (23 # 1));
  Beta1 >= Const (1 # 100) -> Sharpness_le (Const (29 # 1));
  Beta1 < Const (1 # 100) -> Sharpness_le (Const (25 # 1));
  Beta1 < Const (1 # 100) \/ ~ Sharpness_le (Const (239 # 10));
  Alpha > Beta1 /\ ~ (Beta2 < Alpha)
]%formula.

Example all_true : forallb always true_ones = true.
Proof. computes true. Qed.

(** Each of them is false at some of the 50 steps, or cannot be decided. *)
Definition false_ones : list formula := [
  Alpha' < Const (49 # 100);
  Alpha > Const (495 # 1000);
  Beta2' < Beta2;
  (Beta2 > one)%formula;
  Beta1 < Beta1';
  Beta1' > Const (7 # 10) * Beta1;
  Beta1' < beta1_after;
  beta1_after < Beta1';
  Beta1' <= beta1_after;
  Abs (Beta1' - beta1_after) <= Const (1 # 10 ^ 50) * Beta1;
  Sqrt (Alpha ^ 2) < Alpha;
  Max Alpha Beta1 < Alpha;
  Min Beta1 Beta2 > Const (1 # 1000);
  Sharpness_le (Const (2862 # 100));
  Sharpness_lt (Const (25 # 1));
  ~ Sharpness_le (Const (245 # 10));
  ~ Sharpness_lt (Const (25 # 1));
  Beta1 >= Const (1 # 100) -> Sharpness_le (Const (28 # 1));
  Beta1 < Const (1 # 100) -> Sharpness_le (Const (24 # 1));
  Alpha > Beta1 /\ Beta2 < Alpha;
  Alpha < Beta1 \/ Beta2 < Alpha;
  ~ (Alpha > Beta1)
]%formula.

Example each_false : existsb always false_ones = false.
Proof. computes false. Qed.

(** A quotient by 0 and the root of a negative number have no value, even where Coq gives them one:
    these hold in Coq, and are not accepted. *)
Definition undefined_ones : list formula := [
  Const (0 # 1) / (Beta2 - Beta2) <= one;
  one / Const (0 # 1) <= one / Const (0 # 1);
  Sqrt (Const (-1 # 1)) <= one;
  Sharpness_le (Const (100 # 1) + Const (0 # 1) / Const (0 # 1))
]%formula.

Example each_undefined : existsb always undefined_ones = false.
Proof. computes false. Qed.

(** The last step is the 49th, from which the 50th is reached; all steps of a statement have to be
    there. *)
Example within : accepted (stating [Statement 49 1 (Beta1 < Const (1 # 10 ^ 6))]) = true.
Proof. computes true. Qed.

Example beyond : accepted (stating [Statement 49 2 (Beta1 < Const (1 # 10 ^ 6))]) = false.
Proof. computes false. Qed.

(** Across the end of the first phase, and one step too soon. *)
Example from_then_on : accepted (stating [Statement 7 43 (Beta1 < Const (1 # 100))]) = true.
Proof. computes true. Qed.

Example too_soon : accepted (stating [Statement 6 44 (Beta1 < Const (1 # 100))]) = false.
Proof. computes false. Qed.

Example one_of_two_statements :
  accepted (stating [Statement 0 50 (Alpha > Beta1); Statement 30 1 (Alpha < Beta1)]) = false.
Proof. computes false. Qed.

(** Too few bits to tell a million-th. *)
Example few_bits :
  accepted (stating_with 126 16 None (1 # 10) [Statement 0 50 (Beta1' < (one + Const (1 # 10 ^ 6)) * beta1_after)])
  = false.
Proof. computes false. Qed.

Example enough_bits :
  accepted (stating_with 126 60 None (1 # 10) [Statement 0 50 (Beta1' < (one + Const (1 # 10 ^ 6)) * beta1_after)])
  = true.
Proof. computes true. Qed.

(** beta1 = 1e-2000 has as many digits as any other number. *)
Example tiny :
  accepted (stating_with 6804 124 None (1 # 10 ^ 2000)
              [Statement 0 50 (Beta1 > Const (0 # 1)); Statement 0 50 (Beta1' < Const (7 # 10) * Beta1);
               Statement 0 50 (Abs (Beta1' - beta1_after) <= Const (1 # 10 ^ 12) * Beta1)]) = true.
Proof. computes true. Qed.

Example tiny_wrong :
  accepted (stating_with 6804 124 None (1 # 10 ^ 2000) [Statement 0 50 (Beta1' < Const (68 # 100) * Beta1)])
  = false.
Proof. computes false. Qed.

(** A clipped beta1 is not its image: the first step is clipped, the second is not. *)
Example clipped_first :
  accepted (stating_with 126 124 (Some (5 # 100)) (1 # 10)
              [Statement 0 1 (Beta1' < beta1_after); Statement 0 1 (Const (5 # 100) < Abs beta1_after);
               Statement 1 1 (~ (Const (5 # 100) < Abs beta1_after))]) = true.
Proof. computes true. Qed.
